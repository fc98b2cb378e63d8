using Microsoft.CodeAnalysis.CSharp;
using MoELab.Cells.Plugins;
using MoELab.Kernels.Cuda.Host;
using MoELab.Kernels.Cuda.Host.Compilation;
using MoELab.Kernels.Cuda.Host.Driver;
using MoELab.Plugins;

namespace MoELab.Cells.Cuda;

/// <summary>
/// <c>#!cuda NAME</c> cells in CUDA C++. Two functions <c>moelab_activation</c> and <c>moelab_activation_grad</c> become the expert kernel
/// NAME; CUDA kernels become C# variables. Without a GPU, cells still compile; a note says that they cannot run.
/// </summary>
internal sealed class CudaLanguage(Lab lab, ICellVariables csharp) : ICellLanguage
{
    public string Name => "cuda";
    public string Help =>
        "NAME: the CUDA C++ below becomes the expert kernel NAME (moelab_activation, moelab_activation_grad) or a function over tensors";

    public Task<CellResult> Execute(CellInvocation cell, CancellationToken cancel)
    {
        var code = new CudaCell(NameOf(cell), cell.Body);
        var compiler = CudaCompiler.Find(out var missing);
        var device = CudaDevice.Find(0, out var reason);
        try
        {
            var compiled = $"not compiled here: {missing}";
            if (compiler is not null)
            {
                var architecture = device is null ? CudaArchitecture.Sm80 : CudaArchitecture.For(device.Capability, compiler.Architectures);
                foreach (var warning in code.Compile(compiler, architecture))
                    cell.Output.Print($"line {warning.Line + cell.FirstLine - 1}: warning: {warning.Text}{Environment.NewLine}");
                compiled = $"compiled for {architecture.Name} by NVRTC {compiler.Version}";
            }
            var what = code.IsActivation ? DefineExperts(code) : DefineFunctions(code);
            var missed = device is null ? $"; it cannot run here, because {reason}" : "";
            cell.Output.Print($"{code.Name}: {compiled}; {what}{missed}{Environment.NewLine}");
            return Task.FromResult(new CellResult());
        }
        catch (CudaCompileException e) when (e.Messages.FirstOrDefault(m => m.IsError) is { } error)
        {
            var line = error.File == code.Name ? error.Line + cell.FirstLine - 1 : cell.FirstLine;
            string[] trace = [.. e.Messages.Where(m => m.IsError && m.File == code.Name).Skip(1)
                .Select(m => $"line {m.Line + cell.FirstLine - 1}: {m.Text}")];
            return Task.FromResult(new CellResult(new CellError("CudaCompile", $"line {line}: {error.Text}", trace, line)));
        }
        catch (CudaException e)
        {
            throw new InputException($"#!cuda {code.Name}: {e.Message}", e);
        }
    }

    public Task<IReadOnlyList<CellDiagnostic>> Diagnose(CellInvocation cell, CancellationToken cancel) =>
        Task.Run<IReadOnlyList<CellDiagnostic>>(() => Diagnose(cell), cancel);

    public void Set(string name, object? value) => throw new InputException($"'{name}': CUDA cells cannot see variables; pass it as an argument");

    private static CellDiagnostic[] Diagnose(CellInvocation cell)
    {
        try
        {
            var code = new CudaCell(NameOf(cell), cell.Body);
            return CudaCompiler.Find(out _) is not { } compiler ? [] : Marks(cell.Body, code.Compile(compiler, CudaArchitecture.Ptx80));
        }
        catch (CudaCompileException e)
        {
            return Marks(cell.Body, e.Messages.Where(m => m.File == NameOf(cell)));
        }
        catch (Exception e) when (e is MoELabException or CudaException)
        {
            return [new CellDiagnostic(0, cell.Body.Length, e.Message)];
        }
    }

    private static string NameOf(CellInvocation cell) => cell.Arguments is [{ } name] ? name
        : throw new InputException("#!cuda: expected #!cuda NAME, with CUDA C++ in the lines below");

    // A full plugin, kept with its source: a run in another process or on another machine finds it and compiles it there.
    private string DefineExperts(CudaCell code)
    {
        if (lab.Plugins.All.Any(p => p.Kind == PluginKind.ExpertKernel && p.Name == code.Name && !p.FromFolder))
            throw new InputException($"#!cuda {code.Name}: MoELab already has an expert kernel of this name; expected another name");
        CellPlugin.Define($$"""
            /// <summary>Experts with an activation that was written in a cell.</summary>
            [Plugin({{Literal(code.Name)}}, "Experts with an activation from a cell, in CUDA C++; bfloat16")]
            public sealed class CellExperts() : MoELab.Kernels.Cuda.CudaExperts({{Literal(code.Name)}}, {{Literal(code.Text.Text)}});
            """, lab);
        return $"it is the expert kernel '{code.Name}'";
    }

    private string DefineFunctions(CudaCell code)
    {
        foreach (var kernel in code.Kernels)
            csharp.Set(code.Kernels.Count == 1 ? code.Name : kernel, new CudaFunction(kernel, code.Text));
        return code.Kernels.Count == 1 ? $"it is the variable {code.Name}" : $"its kernels are the variables {string.Join(", ", code.Kernels)}";
    }

    private static string Literal(string text) => SymbolDisplay.FormatLiteral(text, quote: true);

    private static CellDiagnostic[] Marks(string body, IEnumerable<CudaMessage> messages)
    {
        var lines = body.Split('\n');
        return [.. messages.Where(m => m.Line >= 1 && m.Line <= lines.Length).Select(m =>
        {
            var start = lines.Take(m.Line - 1).Sum(l => l.Length + 1);
            var from = Math.Clamp(m.Column, 0, lines[m.Line - 1].Length);
            var word = lines[m.Line - 1].Skip(from).TakeWhile(c => char.IsLetterOrDigit(c) || c == '_').Count();
            return new CellDiagnostic(start + from, word > 0 ? start + from + word : start + lines[m.Line - 1].Length, m.Text, m.IsError);
        })];
    }
}
