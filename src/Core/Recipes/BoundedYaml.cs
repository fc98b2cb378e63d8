using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MoELab.Recipes;

/// <summary>YAML without aliases and deep nesting, with which a small file could stand for an endless one. A recipe needs neither.</summary>
internal sealed class BoundedYaml(TextReader text) : IParser
{
    public const int MostBytes = 1 << 20;

    /// <summary>Nesting of lists and maps.</summary>
    public const int MostDepth = 32;

    private readonly Parser _parser = new(text);
    private int _depth;

    public ParsingEvent? Current => _parser.Current;

    public bool MoveNext()
    {
        if (!_parser.MoveNext())
            return false;
        _depth += Current!.NestingIncrease;
        if (Current is AnchorAlias || Current is NodeEvent { Anchor.IsEmpty: false })
            throw new InputException($"line {Current.Start.Line}: anchors and aliases are not allowed in a recipe; write the value itself");
        // The stream and the document count as two.
        if (_depth > MostDepth + 2)
            throw new InputException($"line {Current.Start.Line}: more than {MostDepth} lists and maps inside one another; expected a recipe");
        return true;
    }
}
