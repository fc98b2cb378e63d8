using MoELab.Kernels.Cuda.Host;
using MoELab.Kernels.Cuda.Host.Compilation;
using MoELab.Kernels.Cuda.Host.Driver;

namespace MoELab.Tests.Kernels.Cuda;

public sealed class CudaCompilerTests
{
    private const string Doubles = "extern \"C\" __global__ void twice(float *x_N, int n)\n{\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i < n) x_N[i] *= 2.0f;\n}\n";

    [Theory]
    [InlineData("sm_80")]
    [InlineData("sm_90a")]
    public void A_source_becomes_machine_code_with_registers_and_spills_in_the_log(string architecture)
    {
        var binary = Nvrtc.Compiler().Compile(Doubles, "cell", new CudaArchitecture(architecture), Nvrtc.Verbose);
        Assert.Equal("\u007fELF"u8.ToArray(), binary.Code[..4]);
        var (kernel, registers, spills) = Assert.Single(Nvrtc.Usage(binary));
        Assert.Equal(("twice", 0), (kernel, spills));
        Assert.InRange(registers, 1, 255);
    }

    [Fact]
    public void A_GPU_that_NVRTC_does_not_know_gets_text_that_ends_in_zero()
    {
        var binary = Nvrtc.Compiler().Compile(Doubles, "cell", CudaArchitecture.Ptx80);
        Assert.Contains(".target sm_80", Encoding.UTF8.GetString(binary.Code), StringComparison.Ordinal);
        Assert.Equal(0, binary.Code[^1]);
    }

    [Fact]
    public void A_mistake_is_named_with_its_line_and_column()
    {
        var compiler = Nvrtc.Compiler();
        var source = new CudaText("prelude.cu", "typedef int Rows;").Numbered + new CudaText("cell", "__device__ float half(float x)\n{\n    return x * hlaf;\n}").Numbered;
        var error = Assert.Throws<CudaCompileException>(() => compiler.Compile(source, "cell", CudaArchitecture.Sm80));
        Assert.Equal("cell, line 3: identifier \"hlaf\" is undefined", error.Message);
        Assert.Equal([new CudaMessage("cell", 3, 15, true, "identifier \"hlaf\" is undefined")], error.Messages);
    }

    [Fact]
    public void Warnings_do_not_stop_a_source()
    {
        var binary = Nvrtc.Compiler().Compile("extern \"C\" __global__ void idle() { int unused; }", "cell", CudaArchitecture.Sm80);
        var warning = Assert.Single(CudaMessage.Parse(binary.Log));
        Assert.Equal((1, false), (warning.Line, warning.IsError));
        Assert.Contains("unused", warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_compiled_once_is_read_from_disk()
    {
        var compiler = Nvrtc.Compiler();
        var first = compiler.Compile(Doubles, "cell", CudaArchitecture.Sm80, Nvrtc.Verbose);
        var second = compiler.Compile(Doubles, "cell", CudaArchitecture.Sm80, Nvrtc.Verbose);
        Assert.Equal((false, true), (first.FromCache, second.FromCache));
        Assert.Equal(first.Code, second.Code);
        Assert.Equal(first.Log, second.Log);
        Assert.False(compiler.Compile(Doubles, "cell", CudaArchitecture.Sm90, Nvrtc.Verbose).FromCache);
        Assert.False(compiler.Compile(Doubles + " ", "cell", CudaArchitecture.Sm80, Nvrtc.Verbose).FromCache);
        Assert.False(compiler.Compile(Doubles, "cell", CudaArchitecture.Sm80).FromCache);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(500)]
    public void A_torn_file_of_the_cache_is_compiled_again(int length)
    {
        var compiler = CudaCompiler.Find(out var reason);
        if (compiler is null)
            Assert.Skip(reason);
        var folder = TestFolders.New("cuda-cache");
        compiler = compiler.With(new CudaCache(folder));
        var code = compiler.Compile(Doubles, "cell", CudaArchitecture.Sm80).Code;
        var file = Assert.Single(Directory.GetFiles(folder));
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..length]);
        var again = compiler.Compile(Doubles, "cell", CudaArchitecture.Sm80);
        Assert.False(again.FromCache);
        Assert.Equal(code, again.Code);
        Assert.True(compiler.Compile(Doubles, "cell", CudaArchitecture.Sm80).FromCache);
    }

    [Fact]
    public void A_changed_byte_of_the_cache_is_noticed()
    {
        var cache = new CudaCache(TestFolders.New("cuda-cache"));
        cache.Write("key", new CudaBinary([1, 2, 3], "said", false));
        var read = cache.Read("key")!;
        Assert.Equal([1, 2, 3], read.Code);
        Assert.Equal(("said", true), (read.Log, read.FromCache));
        var bytes = File.ReadAllBytes(cache.PathOf("key"));
        bytes[^1] ^= 1;
        File.WriteAllBytes(cache.PathOf("key"), bytes);
        Assert.Null(cache.Read("key"));
    }

    [Fact]
    public void A_cache_that_cannot_be_written_keeps_nothing_and_says_nothing()
    {
        var file = Path.Combine(TestFolders.New("cuda-cache"), "file");
        File.WriteAllText(file, "");
        var cache = new CudaCache(Path.Combine(file, "below"));
        cache.Write("key", new CudaBinary([1], "", false));
        Assert.Null(cache.Read("key"));
    }

    [Theory]
    [InlineData(80, "sm_80")]
    [InlineData(86, "sm_86")]
    [InlineData(90, "sm_90a")]
    [InlineData(87, "sm_86")]
    [InlineData(100, "compute_80")]
    [InlineData(120, "compute_80")]
    public void The_GPU_decides_what_is_compiled(int capability, string expected) =>
        Assert.Equal(expected, CudaArchitecture.For(capability, [75, 80, 86, 89, 90]).Name);

    [Fact]
    public void A_GPU_that_is_too_old_is_told_so() => Assert.Equal("the GPU has compute capability 7.5; the CUDA kernels need 8.0 or newer",
        Assert.Throws<CudaException>(() => CudaArchitecture.For(75, [75, 80])).Message);

    [Fact]
    public void A_missing_compiler_is_one_sentence_that_says_how_to_get_it()
    {
        var folder = TestFolders.New("no-nvrtc");
        Assert.Equal(0, NativeLibraries.FindNvrtc(folder));
        Assert.Equal(0, NativeLibraries.FindNvrtc(Path.Combine(folder, "absent")));
        File.WriteAllText(Path.Combine(folder, "libnvrtc.so.12"), "no library");
        Assert.Equal(0, NativeLibraries.FindNvrtc(folder));
        Assert.Contains("which is neither libnvrtc nor a folder with one that loads", CudaCompiler.Missing(folder), StringComparison.Ordinal);
        Assert.Contains("install libnvrtc12", CudaCompiler.Missing(null), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_GPU_there_is_a_reason_and_no_crash()
    {
        if (CudaDevice.Find(0, out var reason) is not null)
            Assert.Skip("this machine has a GPU");
        Assert.Matches("^(this machine has no NVIDIA driver|the NVIDIA driver )", reason);
        Assert.DoesNotContain('\n', reason);
    }
}
