using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Scripting;
using MoELab.Plugins;

namespace MoELab.Cells.CSharp;

/// <summary>C# cells: each is a script submission that sees those before it.</summary>
internal sealed class CSharpLanguage : ICellLanguage, ICellVariables
{
    private readonly CellGlobals _globals;
    private readonly CSharpReferences _references;
    private readonly CSharpIntelligence _intelligence;
    private readonly Dictionary<string, object?> _pending = new(StringComparer.Ordinal);
    private static readonly Lock Compiler = new();
    private readonly Lazy<Task> _begun;
    private ScriptState<object> _state = null!;
    private int _cells;

    public CSharpLanguage(Lab lab)
    {
        _globals = new CellGlobals(lab);
        _references = new CSharpReferences(lab);
        _intelligence = new CSharpIntelligence(_references, new RecipeStrings(lab), new OptionKeys(lab));
        _begun = new(() => Task.Run(Begin));
    }

    public string Name => "csharp";
    public string Help => "C#, the language of cells without a magic";

    /// <summary>Handles the display of a cell's value if it returns true.</summary>
    public Func<object, ICellOutput, bool>? Shows { get; init; }

    /// <summary>The variables that cells have declared, each by its newest declaration.</summary>
    public IReadOnlyList<ScriptVariable> Variables => _state is null ? [] : [.. _state.Variables.GroupBy(v => v.Name).Select(g => g.Last())];

    public IEnumerable<string> Names => Variables.Select(v => v.Name);

    public async Task<CellResult> Execute(CellInvocation cell, CancellationToken cancel)
    {
        var number = cell.Number > 0 ? cell.Number : ++_cells;
        try
        {
            await _begun.Value.WaitAsync(cancel).ConfigureAwait(false);
            var code = await _references.Take(UsingVariables.Plain(cell.Body), cell.Output, cancel).ConfigureAwait(false);
            await Declare(cancel).ConfigureAwait(false);
            ScriptState<object>? ended = null;
            var script = Next(code, number, cell.FirstLine);
            var problems = await Task.Run(() => script.Compile(cancel), cancel).ConfigureAwait(false);
            if (problems.Where(p => p.Severity == DiagnosticSeverity.Error).ToArray() is { Length: > 0 } errors)
                return new CellResult(CSharpErrors.Of(errors));
            await CellThread.Run(async () =>
            {
                IRecipeCheck.Ambient.Value = new RecipeCheck(_globals.lab.Plugins);
                ended = await Run(script, cancel).ConfigureAwait(true);
            }, cancel).ConfigureAwait(false);
            // Each later cell costs as much as the chain of submissions is long; one that declared nothing can be left out.
            if (Declares(script))
            {
                _state = ended!;
                _references.Kept();
                _intelligence.Ran(code);
            }
            if (ended!.Exception is { } thrown)
                return Failed(thrown, cell, cancel);
            if (ended.ReturnValue is { } value && Shows?.Invoke(value, cell.Output) != true)
                cell.Output.Result(Displays.Format(value, []));
            return new CellResult();
        }
        catch (CompilationErrorException e)
        {
            return new CellResult(CSharpErrors.Of([.. e.Diagnostics]));
        }
        catch (UnstoppableException e)
        {
            return new CellResult(new CellError("Unstoppable", e.Message, []), Interrupted: true);
        }
        catch (Exception e) when (e is not MoELabException || cancel.IsCancellationRequested)
        {
            return Failed(e, cell, cancel);
        }
    }

    public Task<CellCompletions> Complete(CellInvocation cell, int cursor, CancellationToken cancel) =>
        Begun(() => _intelligence.Complete(UsingVariables.Plain(cell.Body), cursor, cancel), cancel);

    public Task<IReadOnlyList<CellDiagnostic>> Diagnose(CellInvocation cell, CancellationToken cancel) =>
        Begun(() => _intelligence.Diagnose(UsingVariables.Plain(cell.Body), cancel), cancel);

    public Task<string?> Hover(CellInvocation cell, int cursor, CancellationToken cancel) =>
        Begun(() => _intelligence.Hover(UsingVariables.Plain(cell.Body), cursor, cancel), cancel);

    public bool Get(string name, out object? value)
    {
        if (_pending.TryGetValue(name, out value))
            return true;
        if (_state?.GetVariable(name) is not { } variable)
            return false;
        value = variable.Value;
        return true;
    }

    public void Set(string name, object? value)
    {
        if (!SyntaxFacts.IsValidIdentifier(name))
            throw new InputException($"'{name}' is not a valid C# variable name; expected a letter or _, then letters, digits or _");
        _pending[name] = value;
    }

    /// <summary>Whether code is a complete submission: <c>complete</c>, <c>incomplete</c> or <c>invalid</c>.</summary>
    public static string Completeness(string code)
    {
        var tree = CSharpSyntaxTree.ParseText(UsingVariables.Plain(code), CSharpDefaults.Parse);
        if (!SyntaxFactory.IsCompleteSubmission(tree))
            return "incomplete";
        return tree.GetDiagnostics().Any(d => d.Severity == DiagnosticSeverity.Error) ? "invalid" : "complete";
    }

    /// <summary>Loads the compiler and the completion services before the first cell.</summary>
    public async Task Warm(CancellationToken cancel)
    {
        await _begun.Value.WaitAsync(cancel).ConfigureAwait(false);
        await _intelligence.Warm(cancel).ConfigureAwait(false);
    }

    private async Task<T> Begun<T>(Func<Task<T>> answer, CancellationToken cancel)
    {
        await _begun.Value.WaitAsync(cancel).ConfigureAwait(false);
        return await answer().ConfigureAwait(false);
    }

    // The first submission in the chain. Compilations share the symbols of their references if these already exist; two that
    // create them at the same time end up with two of each, and a type then differs from itself in later cells.
    private void Begin()
    {
        lock (Compiler)
            _state = CSharpScript.Create<object>("1 + 1", _references.Options, typeof(CellGlobals), _references.Loader).RunAsync(_globals)
                .GetAwaiter().GetResult();
    }

    private static bool Declares(Script script)
    {
        var compilation = script.GetCompilation();
        return compilation.ScriptClass!.GetMembers().Any(m => !m.IsImplicitlyDeclared)
            || compilation.SyntaxTrees.Any(t => t.GetRoot() is CompilationUnitSyntax { Usings.Count: > 0 });
    }

    private Task<ScriptState<object>> Run(Script<object> script, CancellationToken cancel) => script.RunFromAsync(_state, static _ => true, cancel);

    private Script<object> Next(string code, int number, int firstLine) =>
        _state.Script.ContinueWith<object>($"#line {firstLine} \"cell {number}\"\n{code}", _references.Added.WithFilePath($"cell {number}"));

    // Values from other languages arrive through the globals and become variables of their own type.
    private async Task Declare(CancellationToken cancel)
    {
        foreach (var (name, value) in _pending.ToArray())
        {
            _pending.Remove(name);
            _globals.Incoming = value;
            var type = value is null || !value.GetType().IsVisible ? "object" : CSharpNames.Of(value.GetType());
            var script = Next($"var {name} = ({type})Incoming!;", ++_cells, 1);
            _state = await Run(script, cancel).ConfigureAwait(false);
            _references.Kept();
            _intelligence.Ran($"{type} {name};");
        }
    }

    private static CellResult Failed(Exception e, CellInvocation cell, CancellationToken cancel)
    {
        if ((cancel.IsCancellationRequested || StopScope.Current is { Asked: true }) && e is OperationCanceledException or ThreadInterruptedException)
            return new CellResult(new CellError("Interrupted", "the cell was interrupted", [], cell.FirstLine), Interrupted: true);
        return new CellResult(CSharpErrors.Of(e));
    }
}
