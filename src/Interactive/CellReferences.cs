using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.DotNet.Interactive.CSharp;

namespace MoELab.Interactive;

/// <summary>
/// Keeps C# cells small. The notebook passes every cell all references again, and each cell then keeps symbols of its own for all of them; but a cell
/// inherits the references of those before it, so it needs only new ones. If the notebook's program stores them otherwise, nothing changes.
/// </summary>
internal sealed class CellReferences(CSharpKernel kernel)
{
    private static readonly FieldInfo? Field = typeof(CSharpKernel).GetField("_scriptOptions", BindingFlags.Instance | BindingFlags.NonPublic);
    private readonly HashSet<MetadataReference> _inherited = [];

    /// <summary>To be called after a cell has run.</summary>
    public void Ran()
    {
        if (kernel.ScriptState?.Script.Options.MetadataReferences is not { } used || Field?.GetValue(kernel) is not ScriptOptions options)
            return;
        _inherited.UnionWith(used);
        if (options.MetadataReferences.Any(_inherited.Contains))
            Field.SetValue(kernel, options.WithReferences(options.MetadataReferences.Where(r => !_inherited.Contains(r))));
    }
}
