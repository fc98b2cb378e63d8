using MoELab.Plugins;
using MoELab.Randomness;

namespace MoELab.Tests.Optimization;

/// <summary>Parameters of every kind that a model has, with gradients that a test sets, under one optimizer.</summary>
internal sealed class OptimizerCase : IDisposable
{
    private static readonly PluginCatalog Catalog = PluginCatalog.Discover();
    private readonly List<Tensor> _owned = [];

    /// <summary>An optimizer over parameters.</summary>
    /// <param name="optimizer">Its name.</param>
    /// <param name="options">Its options.</param>
    /// <param name="parameters">What it moves; <see cref="Kinds"/> when empty.</param>
    public OptimizerCase(string optimizer, JsonObject? options = null, params IReadOnlyList<Parameter> parameters)
    {
        Optimizer = Create(optimizer, options);
        Parameters = parameters.Count > 0 ? parameters : Kinds(MovesVectors(optimizer));
        State = Optimizer.CreateState(Parameters);
        _owned.AddRange(Parameters.Select(p => p.Value));
    }

    public static IEnumerable<string> Names => Catalog.All.Where(p => p.Kind == PluginKind.Optimizer && p.Source != "registered").Select(p => p.Name);

    public IOptimizer Optimizer { get; }

    public IReadOnlyList<Parameter> Parameters { get; }

    public OptimizerState State { get; }

    public int Steps { get; private set; }

    public static IOptimizer Create(string name, JsonObject? options = null) =>
        Catalog.Create<IOptimizer>(new PluginChoice(name, options ?? []), "optimizer");

    public static bool Has(string name, string option) => Catalog.Find(PluginKind.Optimizer, name).Options.Any(o => o.Name == option);

    /// <summary>Whether it accepts vectors, found by asking it.</summary>
    public static bool MovesVectors(string name)
    {
        using var vector = New("probe", ParameterRole.Vectors, 1, 3).Value;
        try
        {
            Create(name).CreateState([new Parameter("probe", vector, ParameterRole.Vectors)]).Dispose();
            return true;
        }
        catch (InputException)
        {
            return false;
        }
    }

    /// <summary>A square, a tall and a wide matrix, fused gate and up and down projections of three experts, and a vector if wanted.</summary>
    public static IReadOnlyList<Parameter> Kinds(bool vectors) =>
    [
        New("square", ParameterRole.Hidden, 1, 6, 6),
        New("tall", ParameterRole.Hidden, 1, 9, 4),
        New("router", ParameterRole.Router, 1, 3, 6),
        New("experts.w13", ParameterRole.Experts, 2, 3, 8, 6),
        New("experts.w2", ParameterRole.Experts, 1, 3, 6, 4),
        .. vectors ? [New("gain", ParameterRole.Vectors, 1, 6)] : Array.Empty<Parameter>(),
    ];

    public static Parameter New(string name, ParameterRole role, int splits, params long[] shape)
    {
        var value = torch.tensor(Normal(name, shape.Aggregate((a, b) => a * b))).reshape(shape).clone().requires_grad_(true);
        return new Parameter(name, value.DetachFromDisposeScope(), role) { MatrixSplits = splits };
    }

    public static float[] Normal(string name, long count)
    {
        var random = new Philox(7, "optimizer test", name);
        return [.. Enumerable.Range(0, (int)count).Select(_ => (float)random.NextNormal())];
    }

    /// <summary>Values of a tensor.</summary>
    public static float[] Floats(Tensor tensor) => tensor.detach().contiguous().data<float>().ToArray();

    public float[] Values(string name) => Floats(Parameters.Single(p => p.Name == name).Value);

    public float[][] AllValues() => [.. Parameters.Select(p => Floats(p.Value))];

    /// <summary>Sets a parameter's gradient.</summary>
    public static void Gradient(Parameter parameter, Tensor gradient)
    {
        parameter.Value.grad?.zero_();
        (parameter.Value * gradient.reshape(parameter.Value.shape)).sum().backward();
    }

    /// <summary>Random gradients of a step, except where a test has its own or none.</summary>
    public void Gradients(int step, Func<Parameter, Tensor, Tensor?>? change = null)
    {
        foreach (var parameter in Parameters)
        {
            var gradient = torch.tensor(Normal($"{parameter.Name} gradient {step}", parameter.Value.numel())).reshape(parameter.Value.shape) * 0.1;
            if ((change is null ? gradient : change(parameter, gradient)) is { } wanted)
                Gradient(parameter, wanted);
        }
    }

    /// <summary>A step with the gradients that are there.</summary>
    public void Step(double learningRate) => Optimizer.Step(Parameters, State, learningRate, new StepInfo(++Steps, 100, 1));

    public void Dispose()
    {
        State.Dispose();
        foreach (var tensor in _owned)
            tensor.Dispose();
    }
}
