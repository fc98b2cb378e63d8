using System.Reflection;
using MoELab.Plugins;
using MoELab.Runs.Log;

namespace MoELab.Training.Metrics;

/// <summary>Evaluates the metrics of plugins: every <see cref="MetricAttribute"/> method of every <see cref="IMetricSource"/>.</summary>
internal sealed class PluginMetrics
{
    private delegate double Measure(in StepMetrics step);

    private readonly List<(MetricAttribute Mark, Measure Measure)> _metrics = [];

    /// <exception cref="InputException">A marked method has another form.</exception>
    public PluginMetrics(PluginCatalog catalog)
    {
        foreach (var plugin in catalog.All.Where(p => p.Kind == PluginKind.Metric))
        {
            var source = catalog.Create<IMetricSource>(new PluginChoice(plugin.Name), $"metrics.{plugin.Name}");
            foreach (var method in plugin.Type.GetMethods().Where(m => m.GetCustomAttribute<MetricAttribute>() is not null))
            {
                var mark = method.GetCustomAttribute<MetricAttribute>()!;
                var measure = Delegate.CreateDelegate(typeof(Measure), source, method, throwOnBindFailure: false) as Measure
                    ?? throw new InputException($"metric '{mark.Id}' of plugin '{plugin.Name}': "
                        + $"expected 'double {method.Name}(in StepMetrics step)'");
                var alike = _metrics.Select(m => m.Mark.Id).Concat(MetricCatalog.Definitions.Select(d => d.Id))
                    .FirstOrDefault(id => id != mark.Id && id.Equals(mark.Id, StringComparison.OrdinalIgnoreCase));
                if (alike is not null)
                    throw new InputException($"metric '{mark.Id}' of plugin '{plugin.Name}': differs from '{alike}' only in case, "
                        + "and SQL takes one for the other; expected another name");
                _metrics.Add((mark, measure));
            }
        }
    }

    public void Add(MetricRow row, in StepMetrics step)
    {
        foreach (var (mark, measure) in _metrics)
            row[mark.Id] = measure(step);
    }
}
