using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Scripting;
using MoELab.Cells.CSharp;

namespace MoELab.Documents.Running;

/// <summary>
/// Parameters of a notebook, by papermill's tags: the variables of the cell tagged <c>parameters</c> are assigned in a cell tagged
/// <c>injected-parameters</c> below it.
/// </summary>
internal static class NotebookParameters
{
    private const string Declared = "parameters", Injected = "injected-parameters";

    /// <summary>Checks that the notebook has the parameters.</summary>
    /// <returns>Index of the cell that declares them; -1 if no value is given.</returns>
    /// <exception cref="InputException">The notebook has no such parameter.</exception>
    public static int Check(NotebookDocument notebook, IReadOnlyList<KeyValuePair<string, string>> values)
    {
        if (values.Count == 0)
            return -1;
        var index = notebook.Cells.FindIndex(c => c.HasTag(Declared));
        if (index < 0)
            throw new InputException($"-p {values[0].Key}: the notebook has no parameters; expected a cell with the tag '{Declared}'");
        var names = Names(notebook.Cells[index].Source);
        foreach (var (name, _) in values)
            if (!names.Contains(name))
                throw new InputException($"-p {name}: the notebook has no such parameter"
                    + (names.Count == 0 ? "" : $"; it has {string.Join(", ", names)}"));
        return index;
    }

    /// <summary>Whether a cell below the declaring cell already contains values.</summary>
    public static bool HasValues(NotebookDocument notebook, int index) => notebook.Cells.Skip(index + 1).Any(c => c.HasTag(Injected));

    /// <summary>Inserts the cell with the values below the declaring cell, or replaces an earlier one. Its variables determine the types.</summary>
    /// <exception cref="InputException">A value cannot be converted to the type of its variable.</exception>
    public static void Inject(NotebookDocument notebook, int index, IReadOnlyList<KeyValuePair<string, string>> values,
        IReadOnlyList<ScriptVariable> variables)
    {
        var types = variables.ToDictionary(v => v.Name, v => (v.Type, v.IsReadOnly));
        var lines = new List<string> { "// Parameters" };
        foreach (var (name, value) in values.GroupBy(v => v.Key).Select(g => g.Last()))
        {
            var (type, isReadOnly) = types.GetValueOrDefault(name, (typeof(object), false));
            lines.Add($"{(isReadOnly ? CSharpNames.Of(type) + " " : "")}{name} = {CSharpLiteral.Of(name, value, type)};");
        }
        notebook.Cells.RemoveAll(c => c.HasTag(Injected) && notebook.Cells.IndexOf(c) > index);
        notebook.Cells.Insert(index + 1,
            new NotebookCell(CellKind.Code, string.Join('\n', lines)) { Metadata = new JsonObject { ["tags"] = new JsonArray(Injected) } });
    }

    /// <summary>Variables that a cell declares, in order.</summary>
    public static IReadOnlyList<string> Names(string source)
    {
        var members = CSharpSyntaxTree.ParseText(source, CSharpDefaults.Parse).GetCompilationUnitRoot().Members;
        return [.. members.SelectMany(m => m switch
        {
            FieldDeclarationSyntax field => field.Declaration.Variables,
            GlobalStatementSyntax { Statement: LocalDeclarationStatementSyntax local } => local.Declaration.Variables,
            _ => [],
        }).Select(v => v.Identifier.ValueText).Distinct()];
    }
}
