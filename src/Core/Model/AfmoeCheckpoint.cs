using MoELab.Experts;
using MoELab.Interop.Files;

namespace MoELab.Model;

// E experts, D model width, F inner width, G = 2F, L MoE layers.

/// <summary>A model read from a checkpoint folder.</summary>
/// <param name="Model">The model.</param>
/// <param name="Bias_LE">float32 [MoE layers, experts]: the expert bias.</param>
/// <param name="Config">The contents of the folder's <c>config.json</c>.</param>
public sealed record LoadedModel(MoEModel Model, Tensor Bias_LE, AfmoeConfig Config) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        Bias_LE.Dispose();
    }
}

/// <summary>
/// Reads and writes the layout of the released AFMoE checkpoints: one weight per expert and projection, the expert bias beside
/// them. The fused layout that transformers keeps in memory (<c>experts.gate_up_proj</c>, <c>experts.down_proj</c>) is read too.
/// </summary>
public static class AfmoeCheckpoint
{
    /// <summary>Reads a model.</summary>
    /// <param name="folder">The folder with <c>config.json</c> and the weights.</param>
    /// <param name="parts">Builds router, expert kernel and dispatcher for the configuration.</param>
    /// <param name="device">The device of the weights.</param>
    /// <param name="computeType">The data type of products.</param>
    /// <exception cref="InputException">Another architecture, or a tensor that is missing, unexpected or of another shape.</exception>
    public static LoadedModel Load(string folder, Func<AfmoeConfig, (IRouter Router, IExpertKernel Kernel, ITokenDispatcher Dispatcher)> parts,
        torch.Device device, torch.ScalarType computeType)
    {
        var config = AfmoeConfig.Read(folder);
        using var files = WeightFolder.Open(folder);
        var (router, kernel, dispatcher) = parts(config);
        using var scope = torch.NewDisposeScope();
        using var free = torch.no_grad();
        var model = new MoEModel(config.Model, config.VocabularySize, router, kernel, dispatcher, 0, device, computeType);
        try
        {
            var used = new HashSet<string>(StringComparer.Ordinal);
            foreach (var parameter in model.Parameters)
                Read(files, parameter, used);
            var bias_LE = torch.zeros(config.Model.MoELayers, config.Model.RouterColumns, dtype: torch.ScalarType.Float32);
            for (var l = 0; l < config.Model.MoELayers; l++)
                bias_LE[l] = Take(files, BiasName(config.Model, l), used, config.Model.RouterColumns);
            if (files.TensorNames.FirstOrDefault(n => !used.Contains(n) && !n.EndsWith("inv_freq", StringComparison.Ordinal)) is { } stray)
                throw new InputException($"{folder}: tensor '{stray}' does not belong to the model that config.json describes");
            return new LoadedModel(model, bias_LE.DetachFromDisposeScope(), config);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Writes a model in the released layout, in float32.</summary>
    /// <param name="model">The model.</param>
    /// <param name="bias_LE">float32 [MoE layers, experts]: the expert bias; zeros when null.</param>
    /// <param name="router">How tokens choose experts.</param>
    /// <param name="folder">The folder; created if it is missing. Weights of an earlier export are replaced.</param>
    /// <param name="maxPositions">Maximum sequence length of the model.</param>
    /// <param name="maxShardBytes">Maximum size of the weights in one safetensors file, in bytes.</param>
    /// <param name="force">
    /// Write even what AFMoE's <c>config.json</c> cannot express (<see cref="AfmoeConfig.Inexpressible"/>): only MoELab reads such a folder
    /// correctly.
    /// </param>
    /// <param name="format">The format of the weights; a state dict is one file of any size.</param>
    /// <exception cref="InputException">Something cannot be expressed and <paramref name="force"/> is false; nothing was written.</exception>
    public static void Save(MoEModel model, Tensor? bias_LE, PluginChoice router, string folder, int maxPositions = 16384,
        long maxShardBytes = 5_000_000_000, bool force = false, WeightFormat format = WeightFormat.SafeTensors)
    {
        var config = new AfmoeConfig(model.Recipe, model.VocabularySize, router) { MaxPositions = maxPositions };
        config.RequireExpressible(force);
        using var scope = torch.NewDisposeScope();
        using var free = torch.no_grad();
        var tensors = new List<KeyValuePair<string, Tensor>>();
        foreach (var parameter in model.Parameters)
            tensors.AddRange(Pieces(parameter).Select(p => KeyValuePair.Create(p.Name, p.Of(parameter.Value.detach()))));
        for (var l = 0; l < model.Recipe.MoELayers; l++)
            tensors.Add(new(BiasName(model.Recipe, l),
                bias_LE is null ? torch.zeros(model.Recipe.RouterColumns, dtype: torch.ScalarType.Float32) : bias_LE[l]));
        Directory.CreateDirectory(folder);
        WeightFolder.Write(folder, tensors, maxShardBytes, format);
        config.Write(folder, force);
    }

    private static string BiasName(ModelRecipe recipe, int moeLayer) => $"model.layers.{recipe.DenseLayers + moeLayer}.mlp.expert_bias";

    private static void Read(WeightFolder files, Parameter parameter, HashSet<string> used)
    {
        using var scope = torch.NewDisposeScope();
        var value = parameter.Value.detach();
        var (stem, end) = Split(parameter.Name);
        var fused = $"{stem}.{(end == "w13" ? "gate_up_proj" : "down_proj")}";
        if (parameter.Role == ParameterRole.Experts && files.Find(fused) is not null)
        {
            value.copy_(Take(files, fused, used, value.shape));
            return;
        }
        foreach (var (name, of) in Pieces(parameter))
        {
            using var piece = torch.NewDisposeScope();
            var target = of(value);
            target.copy_(Take(files, name, used, target.shape));
        }
    }

    private static Tensor Take(WeightFolder files, string name, HashSet<string> used, params long[] shape)
    {
        used.Add(name);
        return files.ReadFloat32(name, shape);
    }

    /// <summary>The released names of a parameter's parts, each with its view of the parameter.</summary>
    private static IEnumerable<(string Name, Func<Tensor, Tensor> Of)> Pieces(Parameter parameter)
    {
        var (stem, end) = Split(parameter.Name);
        if (end is not ("w13" or "w2"))
        {
            yield return (parameter.Name, t => t);
            yield break;
        }
        var stacked = parameter.Role == ParameterRole.Experts;
        for (var e = 0; e < (stacked ? parameter.Value.shape[0] : 1); e++)
        {
            var expert = e;
            var name = stacked ? $"{stem}.{e}" : stem;
            Tensor One(Tensor t) => stacked ? t[expert] : t;
            if (end == "w2")
            {
                yield return ($"{name}.down_proj.weight", One);
                continue;
            }
            yield return ($"{name}.gate_proj.weight", t => One(t).narrow(0, 0, parameter.FanOut));
            yield return ($"{name}.up_proj.weight", t => One(t).narrow(0, parameter.FanOut, parameter.FanOut));
        }
    }

    private static (string Stem, string End) Split(string name)
    {
        var dot = name.LastIndexOf('.');
        return (name[..dot], name[(dot + 1)..]);
    }
}
