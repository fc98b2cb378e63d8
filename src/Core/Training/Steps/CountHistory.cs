// Shapes: H steps before this one, L MoE layers, E experts.
using MoELab.Interop.Torch;

namespace MoELab.Training.Steps;

/// <summary>Tokens per expert of the last steps that were trained, over all ranks, for losses whose counts reach back (<see cref="IAuxiliaryLoss.CountSteps"/>).</summary>
internal sealed class CountHistory(int layers, int experts, torch.Device device) : IDisposable
{
    /// <summary>The most steps that a loss can ask for.</summary>
    public const int Most = 10_000;

    private readonly Queue<Tensor> _steps = new();
    private readonly Dictionary<int, Tensor> _sums = [];

    /// <summary>The sum of the steps before this one, by what a loss asks for; only of those that ask for more than this step.</summary>
    public IReadOnlyDictionary<int, Tensor> Sums => _sums;

    /// <summary>Keeps what these losses need, and drops the rest.</summary>
    /// <exception cref="InputException">A loss asks for too many steps, or none.</exception>
    public void For(IReadOnlyList<(string Name, IAuxiliaryLoss Loss)> losses)
    {
        if (losses.FirstOrDefault(l => l.Loss.CountSteps is < 1 or > Most) is { Name: { } name } wrong)
            throw new InputException($"losses.{name}: wants the counts of {wrong.Loss.CountSteps} steps; expected 1 to {Most}");
        foreach (var sum in _sums.Values)
            sum.Dispose();
        _sums.Clear();
        foreach (var steps in losses.Select(l => l.Loss.CountSteps).Where(s => s > 1).Distinct())
            _sums[steps] = torch.zeros(layers, experts, dtype: torch.ScalarType.Int64, device: device).DetachFromDisposeScope();
        Trim();
        Sum();
    }

    /// <summary>Adds a step that was trained; the tensor is copied.</summary>
    public void Add(Tensor counts_LE)
    {
        if (_sums.Count == 0)
            return;
        _steps.Enqueue(counts_LE.to(torch.ScalarType.Int64, device, copy: true).DetachFromDisposeScope());
        Trim();
        Sum();
    }

    /// <summary>int64 [H, L, E], the oldest step first; null when there is none.</summary>
    public Tensor? Save() => _steps.Count == 0 ? null : torch.stack(_steps);

    /// <summary>Takes the steps of a checkpoint.</summary>
    /// <exception cref="InputException">They are not of this model.</exception>
    public void Load(Tensor steps_HLE)
    {
        if (steps_HLE.dtype != torch.ScalarType.Int64 || steps_HLE.shape is not [> 0, var l, var e] || l != layers || e != experts)
            throw new InputException($"counts.safetensors: 'steps' is {steps_HLE.dtype} [{string.Join(", ", steps_HLE.shape)}]; expected int64 [steps, {layers}, {experts}]");
        Clear();
        for (var h = 0; h < steps_HLE.shape[0]; h++)
            _steps.Enqueue(steps_HLE[h].to(torch.ScalarType.Int64, device, copy: true).DetachFromDisposeScope());
        Trim();
        Sum();
    }

    public void Dispose()
    {
        Clear();
        foreach (var sum in _sums.Values)
            sum.Dispose();
    }

    private void Trim()
    {
        var kept = _sums.Count == 0 ? 0 : _sums.Keys.Max() - 1;
        while (_steps.Count > kept)
            _steps.Dequeue().Dispose();
    }

    // Whole numbers, so that a sum from the beginning and one that is carried on are the same.
    private void Sum()
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        foreach (var (steps, sum_LE) in _sums)
        {
            sum_LE.zero_();
            foreach (var counts_LE in _steps.Skip(Math.Max(0, _steps.Count - (steps - 1))))
                sum_LE.add_(counts_LE, Scalars.One);
        }
    }

    private void Clear()
    {
        while (_steps.TryDequeue(out var step))
            step.Dispose();
    }
}
