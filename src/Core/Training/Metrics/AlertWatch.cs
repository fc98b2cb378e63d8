using MoELab.Recipes.Input;
using MoELab.Runs.Control;
using MoELab.Runs.Log;

namespace MoELab.Training.Metrics;

/// <summary>The alert rules of a run, which may change under way.</summary>
internal sealed class AlertWatch
{
    private IReadOnlyList<string> _texts = [];
    private IReadOnlyList<AlertRule> _rules = [];

    /// <summary>Writes an event for each rule that fires at a step.</summary>
    /// <returns>Whether one of them pauses the run.</returns>
    public bool Report(IReadOnlyList<string> texts, int step, IReadOnlyDictionary<string, double> values, EventLog events)
    {
        var pause = false;
        foreach (var alert in Fired(texts, step, values))
        {
            events.Write(step, EventKind.Alert, $"{alert.Text}: {alert.Metric} is {alert.LastValue:g4} at step {step}", new JsonObject { ["rule"] = alert.Text });
            pause |= alert.Pause;
        }
        return pause;
    }

    /// <summary>How far each rule has counted, for a checkpoint.</summary>
    public JsonArray Save() =>
        [.. _rules.Where(r => r.Count.Held > 0).Select(r =>
            (JsonNode)new JsonObject { ["rule"] = r.Text, ["held"] = r.Count.Held, ["since"] = r.Count.Since, ["fired"] = r.Count.Fired })];

    /// <summary>Goes on from a checkpoint; those of earlier versions say nothing of alerts, and the rules begin anew.</summary>
    /// <exception cref="InputException">It holds something else.</exception>
    public void Load(JsonField saved) => _rules = !saved.Exists ? [] : [.. saved.Items().Select(alert =>
    {
        var rule = AlertRule.Parse(alert["rule"].Text());
        rule.Count = (alert["held"].Int(0, int.MaxValue), alert["since"].Int(0, int.MaxValue), alert["fired"].Flag());
        return rule;
    })];

    private IReadOnlyList<AlertRule> Fired(IReadOnlyList<string> texts, int step, IReadOnlyDictionary<string, double> values)
    {
        if (!ReferenceEquals(_texts, texts))
        {
            // A rule that stays keeps what it has counted so far.
            _rules = [.. texts.Select(text => _rules.FirstOrDefault(r => r.Text == text) ?? AlertRule.Parse(text))];
            _texts = texts;
        }
        return [.. _rules.Where(r => r.Observe(step, values))];
    }
}
