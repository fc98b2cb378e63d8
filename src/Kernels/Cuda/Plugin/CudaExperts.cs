using MoELab.Experts;
using MoELab.Kernels.Cuda.Host.Compilation;
using MoELab.Kernels.Cuda.Host.Driver;
using MoELab.Kernels.Cuda.Host.Layers;

namespace MoELab.Kernels.Cuda;

/// <summary>
/// Experts <c>down(activation(gate(x), up(x)))</c> on a GPU with an activation in CUDA C++. A class that derives from this is an
/// expert kernel; a <c>#!cuda</c> cell defines one.
/// </summary>
public abstract class CudaExperts : IExpertKernel, IRoutingKernel
{
    private readonly string _name;
    private readonly CudaText? _activation;
    private readonly ProductTile _tile;

    /// <summary>Stores the source, which is compiled at first use.</summary>
    /// <param name="name">The expert kernel's name in messages.</param>
    /// <param name="activation">
    /// CUDA C++ that defines <c>__device__ float moelab_activation(float gate, float up)</c> and
    /// <c>__device__ void moelab_activation_grad(float gate, float up, float* dgate, float* dup)</c>; null is SwiGLU.
    /// </param>
    protected CudaExperts(string name, string? activation)
        : this(name, activation, CudaProducts.Mma)
    {
    }

    private protected CudaExperts(string name, string? activation, CudaProducts products)
    {
        ArgumentNullException.ThrowIfNull(name);
        (_name, _activation) = (name, activation is null ? null : new CudaText(name, activation));
        _tile = products == CudaProducts.Wgmma ? ProductTile.Wgmma : ProductTile.Mma;
    }

    /// <summary>False with a custom activation, because experts with another function would be another model.</summary>
    public bool IsReplaceable => _activation is null;

    public bool IsSupported(torch.Device device, torch.ScalarType dtype, out string reason)
    {
        if (device.type != DeviceType.CUDA || dtype != torch.ScalarType.BFloat16)
        {
            var none = device.type == DeviceType.CUDA || CudaDevice.Find(0, out var why) is not null ? "" : $"; {why}";
            reason = $"{_name} computes in BFloat16 on CUDA, not in {dtype} on {device.type.ToString().ToUpperInvariant()}{none}";
            return false;
        }
        return CudaLaunchers.Ready(Math.Max(0, device.index), _activation, _tile, out reason) is not null;
    }

    public Tensor Run(Tensor x_TD, ExpertWeights weights, Tensor gates_N, DispatchPlan plan)
    {
        ExpertShapes.Check(x_TD, weights, gates_N, plan);
        if (!IsSupported(x_TD.device, x_TD.dtype, out var reason))
            throw new ArgumentException(reason, nameof(x_TD));
        return CudaLayer.Run(Place(x_TD)!, x_TD, weights, gates_N, plan);
    }

    /// <summary>Sorts on the GPU if the choice is known to name only existing experts; otherwise reads it and rejects an unknown expert.</summary>
    DispatchPlan IRoutingKernel.Plan(RouterChoice choice, int tokens, int experts) =>
        CudaRouting.Sorts(choice) && Place(choice.Expert_N) is { } place ? CudaRouting.Plan(place, choice, tokens, experts)
            : DispatchPlanner.Plan(choice, tokens, experts);

    bool IRoutingKernel.Takes(in RouterInput input) => CudaRouting.Takes(input) && Place(input.Logits_TE) is not null;

    RouterOutput IRoutingKernel.Route(in RouterInput input, ScoreFunction scores, bool normalise) =>
        CudaRouting.Route(Place(input.Logits_TE)!, input, scores, normalise);

    private CudaPlace? Place(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CUDA)
            return null;
        var ordinal = Math.Max(0, tensor.device_index);
        return CudaLaunchers.Ready(ordinal, _activation, _tile, out _) is { } launcher
            ? new CudaPlace(launcher, _tile, () => TorchStream.Current(ordinal)) : null;
    }
}
