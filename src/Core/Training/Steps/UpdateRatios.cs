using MoELab.Interop.Torch;

namespace MoELab.Training.Steps;

/// <summary>How far a step moved the weights: norm of the change over norm of the weights, by role.</summary>
internal sealed class UpdateRatios(IReadOnlyList<Parameter> parameters)
{
    private readonly List<(Parameter Parameter, Tensor Before)> _before = [.. parameters.Select(p => (p, p.Value.detach().clone()))];

    public IReadOnlyDictionary<string, double> Read()
    {
        var ratios = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var role in _before.GroupBy(b => b.Parameter.Role))
        {
            double change = 0, size = 0;
            foreach (var (parameter, before) in role)
            {
                change += (parameter.Value - before).pow(Scalars.Two).sum().item<float>();
                size += before.pow(Scalars.Two).sum().item<float>();
                before.Dispose();
            }
            ratios[Names.Snake(role.Key.ToString())] = size > 0 ? Math.Sqrt(change / size) : double.NaN;
        }
        return ratios;
    }
}
