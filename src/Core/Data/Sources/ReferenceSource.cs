using System.Xml.Linq;

namespace MoELab.Data.Sources;

/// <summary>
/// Technical English: the reference documentation of the .NET class library, from the targeting pack. A document is a type with its
/// members; repeated descriptions (such as the same parameter of the next overload) are left out.
/// </summary>
internal sealed class ReferenceSource((string Path, string Version) pack) : CorpusSource("reference", $"{Pack} {pack.Version}", "MIT")
{
    /// <summary>The name of the targeting pack.</summary>
    public const string Pack = "Microsoft.NETCore.App.Ref";

    public override string Identity => $"reference/1/{pack.Version}";

    public override IEnumerable<SourceDocument> Read()
    {
        var pages = new OrderedDictionary<string, Page>(StringComparer.Ordinal);
        // Intrinsics are one C signature per line, not English.
        foreach (var file in Directory.EnumerateFiles(Path.Combine(pack.Path, "ref"), "*.xml", SearchOption.AllDirectories)
            .Where(f => !f.EndsWith("Intrinsics.xml", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            foreach (var member in XDocument.Load(file, LoadOptions.PreserveWhitespace).Descendants("member"))
            {
                if (member.Attribute("name")?.Value is not { Length: > 2 } id)
                    continue;
                var (type, name) = Split(id);
                if (!pages.TryGetValue(type, out var page))
                    pages[type] = page = new Page(type);
                page.Add(name, member);
            }
        }
        return pages.Values.Select(p => p.Text).Where(t => t.Length >= 200).Select(t => new SourceDocument([t]));
    }

    private static (string Type, string Member) Split(string id)
    {
        var parameters = id.IndexOf('(', StringComparison.Ordinal);
        var name = parameters < 0 ? id[2..] : id[2..parameters];
        if (id[0] == 'T')
            return (Plain(name), "");
        var dot = name.LastIndexOf('.');
        var last = name[(dot + 1)..].Replace("#ctor", "Constructor", StringComparison.Ordinal);
        var list = parameters < 0 ? "" : $"({string.Join(", ", Parameters(id[(parameters + 1)..].TrimEnd(')')))})";
        return (Plain(name[..Math.Max(0, dot)]), Plain(last) + list);
    }

    /// <summary>Names of the parameters' types, without namespaces and type arguments.</summary>
    private static IEnumerable<string> Parameters(string list)
    {
        for (int at = 0, start = 0, depth = 0; at <= list.Length; at++)
        {
            if (at == list.Length || (list[at] == ',' && depth == 0))
            {
                var outer = list[start..at].Split('{')[0];
                yield return outer.StartsWith('`') ? "T" : Plain(outer[(outer.LastIndexOf('.') + 1)..]);
                start = at + 1;
            }
            else
            {
                depth += list[at] == '{' ? 1 : list[at] == '}' ? -1 : 0;
            }
        }
    }

    private static string Plain(string name) => name.Split('`')[0];

    private sealed class Page(string type)
    {
        private readonly StringBuilder _text = new($"{type}\n");
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

        public string Text => _text.ToString();

        public void Add(string member, XElement documentation)
        {
            var lines = new List<string>();
            foreach (var part in documentation.Elements())
            {
                var text = Prose(part);
                var label = part.Name.LocalName switch
                {
                    "param" or "typeparam" => $"{part.Attribute("name")?.Value}: ",
                    "returns" => "Returns: ",
                    "exception" => $"{Short(part.Attribute("cref")?.Value)}: ",
                    "value" => "Value: ",
                    _ => "",
                };
                if (text.Length > 0 && _seen.Add(label + text))
                    lines.Add(label + text);
            }
            if (lines.Count > 0)
                _text.Append(member.Length > 0 ? $"\n{member}\n" : "\n").AppendJoin('\n', lines).Append('\n');
        }

        private static string Prose(XElement part)
        {
            var text = new StringBuilder();
            Append(part, text);
            return string.Join('\n',
                text.ToString().Split('\n')
                    .Select(line => string.Join(' ', line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))
                    .Where(line => line.Length > 0));
        }

        private static void Append(XElement element, StringBuilder text)
        {
            foreach (var node in element.Nodes())
            {
                if (node is XText plain)
                    text.Append(plain.Value.Replace('\n', ' '));
                if (node is not XElement inner)
                    continue;
                var name = inner.Attribute("name")?.Value ?? inner.Attribute("langword")?.Value
                    ?? (inner.IsEmpty ? Short(inner.Attribute("cref")?.Value) : null);
                text.Append(name);
                Append(inner, text);
                if (inner.Name.LocalName is "para" or "item" or "br")
                    text.Append('\n');
            }
        }

        private static string Short(string? reference) => reference?.Split('(')[0] is not { } name ? ""
            : Plain(name[(name.LastIndexOfAny(['.', ':']) + 1)..]).Replace("#ctor", "constructor", StringComparison.Ordinal);
    }
}
