using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Completion;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Host.Mef;
using Microsoft.CodeAnalysis.QuickInfo;
using Microsoft.CodeAnalysis.Text;

namespace MoELab.Cells.CSharp;

/// <summary>
/// Completion, hover and diagnostics of C# cells, by Roslyn's own services. Everything that cells have declared is kept as one text of
/// declarations, so a request costs the same at the first cell and at the ten-thousandth.
/// </summary>
internal sealed class CSharpIntelligence(CSharpReferences references, RecipeStrings strings, OptionKeys keys)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _declared = new(StringComparer.Ordinal);
    private readonly HashSet<string> _usings = new(StringComparer.Ordinal);
    private AdhocWorkspace? _workspace;

    public void Ran(string code)
    {
        var root = (CompilationUnitSyntax)CSharpSyntaxTree.ParseText(code, CSharpDefaults.Parse).GetRoot();
        lock (_gate)
        {
            foreach (var directive in root.Usings)
                _usings.Add(directive.ToString());
            foreach (var member in root.Members)
            {
                switch (member)
                {
                    case FieldDeclarationSyntax field:
                        foreach (var variable in field.Declaration.Variables)
                            _declared[variable.Identifier.Text] = $"{field.Declaration.Type} {variable};";
                        break;
                    case GlobalStatementSyntax:
                        break;
                    case BaseTypeDeclarationSyntax type:
                        _declared["type " + type.Identifier.Text] = type.ToString();
                        break;
                    case MethodDeclarationSyntax method:
                        _declared[$"method {method.Identifier.Text}{method.ParameterList}"] = method.ToString();
                        break;
                    default:
                        _declared[member.ToString()] = member.ToString();
                        break;
                }
            }
        }
    }

    public async Task<CellCompletions> Complete(string code, int cursor, CancellationToken cancel)
    {
        if ((strings.Complete(code, cursor) ?? keys.Complete(code, cursor)) is { } named)
            return named;
        var document = Document(code);
        var found = await CompletionService.GetService(document)!.GetCompletionsAsync(document, cursor, cancellationToken: cancel)
            .ConfigureAwait(false);
        var start = cursor;
        while (start > 0 && (char.IsLetterOrDigit(code[start - 1]) || code[start - 1] == '_'))
            start--;
        var typed = code[start..cursor];
        var ranks = start > 0 && code[start - 1] == '.' ? await MemberRanks.At(document, start, cancel).ConfigureAwait(false)
            : new Dictionary<string, int>();
        var items = found.ItemsList
            // Extension methods from namespaces that are not imported, and snippets, would not compile when inserted.
            .Where(i => (ranks.Count == 0 || ranks.ContainsKey(i.FilterText))
                && i.FilterText.StartsWith(typed, StringComparison.OrdinalIgnoreCase) && SyntaxFacts.IsValidIdentifier(i.FilterText.TrimStart('@')))
            .OrderByDescending(i => i.FilterText.StartsWith(typed, StringComparison.Ordinal))
            .ThenBy(i => ranks.GetValueOrDefault(i.FilterText)).ThenBy(i => i.Tags.Contains("ExtensionMethod"))
            .ThenBy(i => i.SortText, StringComparer.Ordinal)
            .DistinctBy(i => i.FilterText)
            .Select(i => new CellCompletion(i.FilterText, i.Tags.FirstOrDefault() ?? "Text"));
        return new CellCompletions([.. items], start, cursor);
    }

    public async Task<IReadOnlyList<CellDiagnostic>> Diagnose(string code, CancellationToken cancel)
    {
        var document = Document(code);
        var model = await document.GetSemanticModelAsync(cancel).ConfigureAwait(false);
        return [.. model!.GetDiagnostics(cancellationToken: cancel)
            .Where(d => d.Severity >= DiagnosticSeverity.Warning)
            .Select(d => new CellDiagnostic(d.Location.SourceSpan.Start, d.Location.SourceSpan.End,
                $"{d.Id}: {d.GetMessage(CultureInfo.InvariantCulture)}", d.Severity == DiagnosticSeverity.Error))
            .Concat(strings.Diagnose(await model.SyntaxTree.GetRootAsync(cancel).ConfigureAwait(false), model))];
    }

    /// <summary>The documentation of the symbol at the cursor, as Markdown; between the arguments of a call, that of the parameter.</summary>
    public async Task<string?> Hover(string code, int cursor, CancellationToken cancel)
    {
        if (strings.Hover(code, cursor) is { } named)
            return named;
        var document = Document(code);
        if (await Signatures.At(document, cursor, cancel).ConfigureAwait(false) is { } signature)
            return signature;
        var service = QuickInfoService.GetService(document)!;
        var info = await service.GetQuickInfoAsync(document, cursor, cancel).ConfigureAwait(false)
            ?? (cursor > 0 ? await service.GetQuickInfoAsync(document, cursor - 1, cancel).ConfigureAwait(false) : null);
        if (info is null || info.Sections.Length == 0)
            return null;
        return string.Join("\n\n",
            info.Sections.Select(s => s.Text.ReplaceLineEndings("\n").Trim()).Where(t => t.Length > 0)
                .Select((t, i) => i == 0 ? $"```csharp\n{t}\n```" : t));
    }

    public async Task Warm(CancellationToken cancel)
    {
        await Complete("System.Console.", 15, cancel).ConfigureAwait(false);
        await Hover("System.Console", 10, cancel).ConfigureAwait(false);
    }

    private Document Document(string code)
    {
        lock (_gate)
        {
            _workspace ??= new AdhocWorkspace(MefHostServices.DefaultHost);
            // A variable declared again would be an error here; in the notebook it hides the older one.
            var now = ((CompilationUnitSyntax)CSharpSyntaxTree.ParseText(code, CSharpDefaults.Parse).GetRoot()).Members
                .OfType<FieldDeclarationSyntax>().SelectMany(f => f.Declaration.Variables).Select(v => v.Identifier.Text)
                .ToHashSet(StringComparer.Ordinal);
            var lines = _usings.Concat(_declared.Where(d => !now.Contains(d.Key)).Select(d => d.Value));
            return ScriptProject(string.Concat(lines.Select(l => l + "\n"))).AddDocument("cell", SourceText.From(code), filePath: "cell.csx")
                .WithSourceCodeKind(SourceCodeKind.Script);
        }
    }

    // The declarations are in a separate submission before the cell's, so offsets in the cell do not change.
    private Project ScriptProject(string declarations)
    {
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, usings: references.Options.Imports, allowUnsafe: true);
        var (before, cell) = (ProjectId.CreateNewId(), ProjectId.CreateNewId());
        ProjectInfo Submission(ProjectId id, string name, IEnumerable<ProjectReference> projects) =>
            ProjectInfo.Create(id, VersionStamp.Default, name, name, LanguageNames.CSharp, isSubmission: true, compilationOptions: options,
                parseOptions: CSharpDefaults.Parse, metadataReferences: references.Options.MetadataReferences, projectReferences: projects,
                hostObjectType: typeof(CellGlobals));
        var file = DocumentId.CreateNewId(before);
        return _workspace!.CurrentSolution.AddProject(Submission(before, "before", []))
            .AddDocument(file, "before", SourceText.From(declarations), filePath: "before.csx")
            .WithDocumentSourceCodeKind(file, SourceCodeKind.Script)
            .AddProject(Submission(cell, "cell", [new ProjectReference(before)])).GetProject(cell)!;
    }
}
