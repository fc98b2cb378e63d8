using System.Text.RegularExpressions;
using MoELab.Kernels.Cuda.Host.Compilation;

namespace MoELab.Cells.Cuda;

/// <summary>The CUDA C++ of a cell: an activation or CUDA kernels.</summary>
internal sealed partial class CudaCell
{
    internal const string Activation = "moelab_activation", Gradient = "moelab_activation_grad";

    /// <exception cref="InputException">The cell contains neither.</exception>
    internal CudaCell(string name, string code)
    {
        (Name, Text) = (name, new CudaText(name, code));
        // Comments may mention names that the cell does not define.
        var plain = Comment().Replace(code, " ");
        Kernels = [.. Kernel().Matches(plain).Select(m => m.Groups[1].Value)];
        var (activation, gradient) = (Function(plain, Activation), Function(plain, Gradient));
        if (activation != gradient)
            throw new InputException($"#!cuda {name}: the cell defines {(activation ? Activation : Gradient)} without "
                + $"{(activation ? Gradient : Activation)}; an expert kernel needs both");
        if (!activation && Kernels.Count == 0)
            throw new InputException($"#!cuda {name}: the cell has neither {Activation} and {Gradient} "
                + "nor an extern \"C\" __global__ function; expected one of these");
        IsActivation = activation;
    }

    internal string Name { get; }
    internal CudaText Text { get; }
    internal bool IsActivation { get; }
    internal IReadOnlyList<string> Kernels { get; }

    /// <summary>Compiles everything that the cell defines; returns the warnings.</summary>
    /// <exception cref="CudaCompileException">It does not compile.</exception>
    internal IReadOnlyList<CudaMessage> Compile(CudaCompiler compiler, CudaArchitecture architecture) =>
    [
        .. (IsActivation ? CudaProgram.All.Where(p => p.HasActivation && p.RunsOn(architecture)).Select(p => (p.Source(Text), p.Name))
            : [(Text.Numbered, Name)])
            .SelectMany(s => CudaMessage.Parse(compiler.Compile(s.Item1, s.Item2, architecture).Log)).Where(m => m.File == Name).Distinct(),
    ];

    private static bool Function(string code, string name) => Regex.IsMatch(code, $@"\b{name}\s*\(");

    [GeneratedRegex("""extern\s+"C"\s+__global__\s+(?:__launch_bounds__\s*\([^)]*\)\s*)?void\s+(?:__launch_bounds__\s*\([^)]*\)\s*)?(\w+)\s*\(""")]
    private static partial Regex Kernel();

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();
}
