using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MoELab.Jupyter;

/// <summary>The cells of this session, for front ends that recall earlier input.</summary>
internal sealed class KernelHistory
{
    private const int Session = 1;
    private readonly Lock _gate = new();
    private readonly List<(int Number, string Code, string? Result)> _cells = [];

    public void Add(int number, string code, string? result)
    {
        lock (_gate)
            _cells.Add((number, code, result));
    }

    /// <summary>The content of a <c>history_reply</c>.</summary>
    public JsonObject Answer(JsonObject request)
    {
        lock (_gate)
        {
            var most = (int?)request["n"];
            IEnumerable<(int Number, string Code, string? Result)> cells = (string?)request["hist_access_type"] switch
            {
                "range" => InRange((int?)request["session"] ?? 0, (int?)request["start"] ?? 0, (int?)request["stop"]),
                "search" => Last(Matching((string?)request["pattern"] ?? "*", (bool?)request["unique"] ?? false), most),
                _ => Last(_cells, most),
            };
            var output = (bool?)request["output"] ?? false;
            return new()
            {
                ["status"] = "ok",
                ["history"] = new JsonArray([.. cells.Select(c => (JsonNode)new JsonArray(Session, c.Number, output ? new JsonArray(c.Code, c.Result) : c.Code))]),
            };
        }
    }

    private IEnumerable<(int Number, string Code, string? Result)> InRange(int session, int start, int? stop) =>
        session is 0 or Session ? _cells.Where(c => c.Number >= start && (stop is null || c.Number < stop)) : [];

    private List<(int Number, string Code, string? Result)> Matching(string pattern, bool unique)
    {
        var glob = new Regex("^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "$", RegexOptions.Singleline);
        var found = _cells.Where(c => glob.IsMatch(c.Code));
        return unique ? [.. found.Reverse().DistinctBy(c => c.Code).Reverse()] : [.. found];
    }

    private static IEnumerable<(int Number, string Code, string? Result)> Last(List<(int Number, string Code, string? Result)> cells, int? most) => cells.TakeLast(most ?? int.MaxValue);
}
