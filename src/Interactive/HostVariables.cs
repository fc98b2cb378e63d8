using Microsoft.CodeAnalysis.CSharp;
using Microsoft.DotNet.Interactive.CSharp;
using MoELab.Cells;

namespace MoELab.Interactive;

/// <summary>The variables of the notebook's own C# cells.</summary>
internal sealed class HostVariables(CSharpKernel kernel) : ICellVariables
{
    private readonly Dictionary<string, object?> _set = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => kernel.ScriptState?.Variables.Select(v => v.Name).Distinct() ?? [];

    public bool Get(string name, out object? value) => _set.TryGetValue(name, out value) || kernel.TryGetValue(name, out value);

    public void Set(string name, object? value)
    {
        if (!SyntaxFacts.IsValidIdentifier(name))
            throw new InputException($"'{name}' is not a valid C# variable name; expected a letter or _, then letters, digits or _");
        _set[name] = value;
    }

    /// <summary>Declares what was set in the kernel.</summary>
    public async Task Flush()
    {
        foreach (var (name, value) in _set.ToArray())
        {
            _set.Remove(name);
            await Declare(name, value, again: true).ConfigureAwait(false);
        }
    }

    // The host declares a variable and then looks it up in the state of its cells. A cell that was cancelled goes on in the background, and puts its
    // own state in that place when it ends; if it does so in between, the host finds no variable.
    private async Task Declare(string name, object? value, bool again)
    {
        try
        {
            await kernel.SetValueAsync(name, value, value?.GetType() ?? typeof(object)).ConfigureAwait(false);
        }
        catch (NullReferenceException) when (again)
        {
            await Declare(name, value, again: false).ConfigureAwait(false);
        }
    }
}
