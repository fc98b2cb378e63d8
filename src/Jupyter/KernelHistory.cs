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

    public JsonObject Answer(WireMessage request)
    {
        lock (_gate)
        {
            var most = request.Int("n") ?? int.MaxValue;
            var cells = request.Text("hist_access_type") switch
            {
                "range" => InRange(request.Int("session") ?? 0, request.Int("start") ?? 0, request.Int("stop")),
                "search" => Matching(request.Text("pattern") ?? "*", request.Flag("unique", false)).TakeLast(most),
                _ => _cells.TakeLast(most),
            };
            var output = request.Flag("output", false);
            return new()
            {
                ["status"] = "ok",
                ["history"] = new JsonArray([.. cells.Select(c =>
                    (JsonNode)new JsonArray(Session, c.Number, output ? new JsonArray(c.Code, c.Result) : c.Code))]),
            };
        }
    }

    private IEnumerable<(int Number, string Code, string? Result)> InRange(int session, int start, int? stop) =>
        session is 0 or Session ? _cells.Where(c => c.Number >= start && (stop is null || c.Number < stop)) : [];

    private IEnumerable<(int Number, string Code, string? Result)> Matching(string pattern, bool unique)
    {
        var glob = new Regex("^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)
            .Replace("\\?", ".", StringComparison.Ordinal) + "$", RegexOptions.Singleline);
        var found = _cells.Where(c => glob.IsMatch(c.Code));
        return unique ? found.Reverse().DistinctBy(c => c.Code).Reverse() : found;
    }
}
