using MoELab.Recipes.Input;
using MoELab.Runs.Control;

namespace MoELab.Training.Metrics;

/// <summary>The alert rules of a run, which may change under way.</summary>
internal sealed class AlertWatch
{
    private IReadOnlyList<string> _texts = [];
    private IReadOnlyList<AlertRule> _rules = [];

    /// <summary>The rules that fire at a step.</summary>
    public IReadOnlyList<AlertRule> Fired(IReadOnlyList<string> texts, int step, IReadOnlyDictionary<string, double> values)
    {
        if (!ReferenceEquals(_texts, texts))
        {
            // A rule that stays keeps what it has counted so far.
            _rules = [.. texts.Select(text => _rules.FirstOrDefault(r => r.Text == text) ?? AlertRule.Parse(text))];
            _texts = texts;
        }
        return [.. _rules.Where(r => r.Observe(step, values))];
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
}
