using System.Text.Json;
using MoELab.Studies.Definition;
using MoELab.Studies.Ladders;
using MoELab.Studies.Planning;
using MoELab.Studies.Reports;

namespace MoELab.Cli.Studies;

/// <summary>Studies as JSON documents.</summary>
internal static class StudyJson
{
    /// <summary>One document for a study, one with its rungs for a ladder.</summary>
    public static JsonObject Of(Ladder ladder, IReadOnlyList<JsonObject> rungs, LadderReport? report = null)
    {
        if (rungs is [var one])
            return one;
        var document = new JsonObject { ["ladder"] = ladder.Name, ["question"] = ladder.Question, ["rungs"] = new JsonArray([.. rungs]) };
        if (report is not null)
        {
            document["statement"] = report.Statement();
            document["arms"] = new JsonArray([.. report.Arms.Skip(1).Select(a => (JsonNode)new JsonObject
            {
                ["arm"] = a.Arm,
                ["outcome"] = JsonNamingPolicy.KebabCaseLower.ConvertName(a.Outcome.ToString()!),
            })]);
        }
        return document;
    }

    public static JsonObject Of(StudyPlan plan) => new()
    {
        ["study"] = plan.Study.Name,
        ["question"] = plan.Study.Question,
        ["metric"] = plan.Study.Metric,
        ["folder"] = plan.Folder,
        ["statement"] = plan.Statement(),
        ["runs"] = plan.Entries.Count,
        ["finished"] = plan.Done.Count,
        ["seconds_left"] = plan.SecondsLeft,
        ["bytes_left"] = plan.Bytes,
        ["seeds"] = new JsonArray([.. plan.Study.EffectiveSeeds.Select(s => (JsonNode)s)]),
        ["arms"] = new JsonArray([.. plan.Arms.Select((a, i) => (JsonNode)new JsonObject
        {
            ["arm"] = a.Name,
            ["recipe"] = a.Hash,
            ["steps"] = a.Recipe.Training.Steps,
            ["seconds_per_run"] = plan.SecondsPerRun[i],
            ["finished"] = plan.Done.Count(d => d.Entry.Arm == a),
        })]),
        ["differences"] = new JsonArray([.. plan.Differences.Select(d => (JsonNode)new JsonObject
        {
            ["path"] = (string)d[0]!,
            ["values"] = new JsonArray([.. d.Skip(1).Select(v => (JsonNode?)(string?)v)]),
        })]),
        ["notes"] = new JsonArray([.. plan.Notes.Select(n => (JsonNode)n)]),
    };

    public static JsonObject Of(StudyReport report) => new()
    {
        ["study"] = report.Plan.Study.Name,
        ["question"] = report.Plan.Study.Question,
        ["metric"] = report.Plan.Study.Metric,
        ["statement"] = report.Statement(),
        ["missing"] = report.Plan.Left.Count,
        ["arms"] = new JsonArray([.. report.Arms.Select(a => (JsonNode)new JsonObject
        {
            ["arm"] = a.Arm,
            ["seeds"] = new JsonArray([.. a.Seeds.Select(s => (JsonNode)s)]),
            ["values"] = new JsonArray([.. a.Values.Select(v => (JsonNode)v)]),
            ["failed"] = a.Failed,
            ["mean"] = a.Spread?.Mean,
            ["sd"] = a.Spread?.StandardDeviation,
            ["difference"] = a.Difference?.Mean,
            ["low"] = a.Difference?.Interval?.Low,
            ["high"] = a.Difference?.Interval?.High,
            ["bootstrap_low"] = a.Bootstrap?.Low,
            ["bootstrap_high"] = a.Bootstrap?.High,
            ["p"] = a.Difference?.P,
            ["p_holm"] = a.AdjustedP,
            ["p_equivalent"] = a.Equivalence?.P,
            ["speedup_loss"] = a.Speedup?.Loss,
            ["speedup_wall_clock"] = a.Speedup?.WallClock,
            ["verdict"] = a.Verdict is { } v ? JsonNamingPolicy.KebabCaseLower.ConvertName(v.Kind.ToString()) : null,
        })]),
        ["notes"] = new JsonArray([.. report.Plan.Notes.Concat(report.Notes).Select(n => (JsonNode)n)]),
    };
}
