using System.Diagnostics;
using MoELab.Kernels.Cuda.Host.Compilation;
using MoELab.Kernels.Cuda.Host.Driver;

namespace MoELab.Tests.Kernels.Cuda;

/// <summary>
/// The checker in a process of its own with a stand-in for the driver, whose launches run in the emulator: everything between the
/// kernels' arguments and libcuda's functions, and the sentences for what a driver refuses.
/// </summary>
public sealed class StandInDriverTests
{
    private static readonly Lazy<string> Driver = new(() =>
    {
        var folder = TestFolders.New("standin");
        EmulatedModule.Compile("-std=c++17", "-O1", "-shared", "-fPIC", "-w", Repository.PathOf("tests/MoELab.Tests/Kernels/Cuda/Emulator/driver.cpp"), "-ldl", "-o", Path.Combine(folder, "libcuda.so.1"));
        return folder;
    });

    [Theory]
    [InlineData("", "8.0, code for sm_80")]
    [InlineData("hopper", "9.0, code for sm_90a")]
    public void Every_kernel_is_compiled_loaded_launched_and_right(string gpu, string code)
    {
        var (exit, output, error) = Check(gpu);
        Assert.True(exit == 0, output + error);
        Assert.StartsWith($"Stand-in, compute capability {code}, ", output, StringComparison.Ordinal);
        var lines = output.TrimEnd().Split('\n').Skip(1).ToArray();
        Assert.All(lines, l => Assert.StartsWith("ok ", l, StringComparison.Ordinal));
        Assert.Equal(15, lines.Length);
    }

    [Fact]
    public void A_write_beside_an_array_is_found()
    {
        var (exit, output, _) = Check("stray write");
        Assert.Equal(1, exit);
        Assert.Contains("WRONG a kernel wrote beside an array of ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Under_the_sanitizer_of_a_GPU_no_kernel_leaves_its_arrays()
    {
        if (CudaLauncher.Find(0, null, out var reason) is null)
            Assert.Skip(reason);
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "compute-sanitizer"))))
            Assert.Skip("no compute-sanitizer on the PATH");
        var (exit, output, error) = Run(new ProcessStartInfo("compute-sanitizer", ["--error-exitcode", "9", "dotnet", typeof(CudaCheck.CheckResult).Assembly.Location, "--check"]));
        Assert.True(exit == 0, output + error);
    }

    [Theory]
    [InlineData("no GPU", 3, "moelab-cuda-check: nothing can run here, because the NVIDIA driver found no GPU")]
    [InlineData("old driver", 3, "moelab-cuda-check: nothing can run here, because the NVIDIA driver supports CUDA 11.4; expected one for CUDA 12.0 or newer (525.60 or later)")]
    [InlineData("old GPU", 3, "moelab-cuda-check: nothing can run here, because the GPU has compute capability 7.5; the CUDA kernels need 8.0 or newer")]
    [InlineData("bad image", 1, "moelab-cuda-check: routing: the driver rejected the code that NVRTC compiled (CUDA_ERROR, a fault of the stand-in); install a newer driver")]
    [InlineData("full memory", 1, "moelab-cuda-check: 2880 bytes: GPU memory is full")]
    public void What_a_driver_refuses_is_one_sentence(string fault, int exit, string sentence)
    {
        var result = Check(fault);
        Assert.Equal((exit, sentence), (result.Exit, result.Error.TrimEnd()));
    }

    private static (int Exit, string Output, string Error) Check(string fault)
    {
        if (CudaCompiler.Find(out var reason) is null)
            Assert.Skip(reason);
        var modules = CudaProgram.All.Select(p => EmulatedModule.Load(p.Name).Library).ToArray();
        var start = new ProcessStartInfo("dotnet", [typeof(CudaCheck.CheckResult).Assembly.Location, "--check"]);
        start.Environment["LD_LIBRARY_PATH"] = Driver.Value;
        start.Environment["MOELAB_STANDIN_MODULES"] = string.Join(':', modules);
        start.Environment["MOELAB_STANDIN_FAULT"] = fault;
        start.Environment["MOELAB_CUDA_CACHE"] = Nvrtc.SharedCache;
        return Run(start);
    }

    private static (int Exit, string Output, string Error) Run(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
