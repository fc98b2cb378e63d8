using MoELab.Cells.Cuda;
using MoELab.Experts;
using MoELab.Kernels.Cuda.Host.Compilation;
using MoELab.Kernels.Cuda.Host.Driver;
using MoELab.Plugins;

namespace MoELab.Tests.Notebook.Cells;

/// <summary><c>#!cuda</c> in a session.</summary>
public sealed class CudaLanguageTests : IDisposable
{
    private const string Relu2 = """
        #!cuda relu2
        __device__ float moelab_activation(float gate, float up)
        {
            float r = fmaxf(gate, 0.0f);
            return r * r * up;
        }

        __device__ void moelab_activation_grad(float gate, float up, float* dgate, float* dup)
        {
            float r = fmaxf(gate, 0.0f);
            *dgate = 2.0f * r * up;
            *dup = r * r;
        }
        """;

    private const string Twice = """
        #!cuda twice
        extern "C" __global__ void twice(float* x_N, int n)
        {
            int i = blockIdx.x * blockDim.x + threadIdx.x;
            if (i < n) x_N[i] *= 2.0f;
        }
        """;

    private readonly CellRunner _cells = new();

    public void Dispose() => _cells.Dispose();

    [Fact]
    public async Task A_cell_does_not_take_the_name_of_a_kernel_that_exists()
    {
        var error = await _cells.Fail(Relu2.Replace("#!cuda relu2", "#!cuda packed", StringComparison.Ordinal));
        Assert.Contains("#!cuda packed: MoELab already has an expert kernel of this name; expected another name", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_activation_becomes_an_expert_kernel_that_recipes_name()
    {
        var output = await _cells.Run(Relu2);
        Assert.Contains("it is the expert kernel 'relu2'", output.Out, StringComparison.Ordinal);
        var plugin = _cells.Lab.Plugins.Find(PluginKind.ExpertKernel, "relu2");
        Assert.Contains("moelab_activation_grad", File.ReadAllText(Path.Combine(plugin.Source, "cell.cs")), StringComparison.Ordinal);
        // SwiGLU in its place would be another model.
        var refused = Assert.Throws<InputException>(() => ExpertKernels.Select(_cells.Lab.Plugins, new PluginChoice("relu2"), torch.CPU, torch.ScalarType.Float32)).Message;
        Assert.StartsWith("kernel 'relu2' does not run here (relu2 computes in BFloat16 on CUDA, not in Float32 on CPU", refused, StringComparison.Ordinal);
        Assert.EndsWith("), and no other kernel computes the same experts", refused, StringComparison.Ordinal);
        var swiglu = ExpertKernels.Select(_cells.Lab.Plugins, new PluginChoice("cuda"), torch.CPU, torch.ScalarType.Float32);
        Assert.Equal("packed", swiglu.Name);
        Assert.StartsWith("kernel 'cuda' does not run here (cuda computes in BFloat16 on CUDA", swiglu.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cell_says_what_was_compiled_and_why_it_does_not_run()
    {
        var output = (await _cells.Run(Relu2)).Out;
        Assert.Single(output.TrimEnd().Split('\n'));
        if (CudaCompiler.Find(out var missing) is { } compiler)
            Assert.Contains($"compiled for sm_", output, StringComparison.Ordinal);
        else
            Assert.Contains($"not compiled here: {missing}", output, StringComparison.Ordinal);
        if (CudaDevice.Find(0, out var reason) is null)
            Assert.EndsWith($"it cannot run here, because {reason}", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kernel_becomes_a_function_over_tensors()
    {
        Assert.Contains("it is the variable twice", (await _cells.Run(Twice)).Out, StringComparison.Ordinal);
        Assert.Equal("twice", (await _cells.Run("twice.Name")).Results.Single().Plain);
        Assert.True(_cells.Session.Default.Get("twice", out var value));
        var function = Assert.IsType<CudaFunction>(value);
        using var numbers = torch.ones(4);
        Assert.Equal("twice: argument 1 is a tensor on cpu; expected one on cuda", Assert.Throws<InputException>(() => function.Launch(1, 32, 0, numbers, 4)).Message);
        Assert.Equal("twice: argument 2 is String; expected a tensor, an int, a long, a float or a double", Assert.Throws<InputException>(() => function.Launch(1, 32, 0, 1, "4")).Message);
        if (function.Reason.Length > 0)
            Assert.Equal($"twice cannot run here: {function.Reason}", Assert.Throws<InputException>(() => function.Launch(1, 32, 0, 4)).Message);
    }

    [Fact]
    public async Task Several_kernels_are_variables_by_their_own_names()
    {
        var both = Twice.Replace("#!cuda twice", "#!cuda pair", StringComparison.Ordinal) + "\nextern \"C\" __global__ void __launch_bounds__(64) thrice(float* x) { x[0] *= 3.0f; }\n// extern \"C\" __global__ void not_this(int i)";
        Assert.Contains("its kernels are the variables twice, thrice", (await _cells.Run(both)).Out, StringComparison.Ordinal);
        Assert.Equal("thrice", (await _cells.Run("thrice.Name")).Results.Single().Plain);
    }

    [Fact]
    public async Task Mistakes_have_the_cells_line()
    {
        if (CudaCompiler.Find(out var reason) is null)
            Assert.Skip(reason);
        var wrong = "var before = 1;\n" + Relu2.Replace("return r * r * up", "return r * q * up", StringComparison.Ordinal);
        var line = Array.FindIndex(wrong.Split('\n'), l => l.Contains("* q", StringComparison.Ordinal)) + 1;
        var error = await _cells.Fail(wrong);
        Assert.Equal(("CudaCompile", $"line {line}: identifier \"q\" is undefined", line), (error.Name, error.Message, error.Line));
        var (marked, message) = Assert.Single(await _cells.Diagnose(wrong));
        Assert.Equal(("q", "identifier \"q\" is undefined"), (marked, message));
        var output = await _cells.Run(Twice.Replace("int i =", "int idle; int i =", StringComparison.Ordinal));
        Assert.StartsWith("line 4: warning: ", output.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cell_that_is_neither_is_told_what_was_expected()
    {
        Assert.Contains("expected #!cuda NAME", (await _cells.Fail("#!cuda\nint x;")).Message, StringComparison.Ordinal);
        Assert.Contains("neither moelab_activation and moelab_activation_grad nor", (await _cells.Fail("#!cuda a\n__device__ float f() { return 1.0f; }")).Message, StringComparison.Ordinal);
        var half = Relu2[..Relu2.IndexOf("__device__ void", StringComparison.Ordinal)];
        Assert.Contains("defines moelab_activation without moelab_activation_grad", (await _cells.Fail(half)).Message, StringComparison.Ordinal);
        Assert.Contains("cannot see variables", (await _cells.Fail("#!set --name a --value 1 --to cuda")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_magic_is_listed_and_completed()
    {
        Assert.Contains("#!cuda", await _cells.Complete("#!cu|"));
        var listed = await _cells.Run("#!lsmagic");
        Assert.Contains("cuda", listed.Out + string.Concat(listed.Displays.Select(d => d.Data.Plain)), StringComparison.Ordinal);
    }
}
