using MoELab.Kernels.Cuda.Host.Compilation;

namespace MoELab.Tests.Kernels.Cuda;

public sealed class CudaSourcesTests
{
    public static TheoryData<string, string> Compiled =>
        [.. from program in CudaProgram.All from architecture in (string[])["sm_80", "sm_90a", "compute_80"] where program.RunsOn(new CudaArchitecture(architecture)) select (program.Name, architecture)];

    [Theory, MemberData(nameof(Compiled))]
    public void Every_source_compiles_for_every_card_and_no_product_spills(string program, string architecture)
    {
        var compiler = Nvrtc.Shared();
        var binary = compiler.Compile(CudaProgram.All.First(p => p.Name == program).Source(), program, new CudaArchitecture(architecture), Nvrtc.Verbose);
        Assert.Empty(CudaMessage.Parse(binary.Log));
        Assert.DoesNotContain("Potential Performance Loss", binary.Log, StringComparison.Ordinal);
        if (new CudaArchitecture(architecture).IsPtx)
            return;
        Assert.NotEmpty(Nvrtc.Usage(binary));
        Assert.All(Nvrtc.Usage(binary).Where(u => u.Kernel.StartsWith("experts_", StringComparison.Ordinal)), u => Assert.True(u.SpillBytes == 0, $"{u.Kernel} spills {u.SpillBytes} bytes on {architecture}"));
    }

    [Theory]
    [InlineData("routing", "route_grad route_topk")]
    [InlineData("dispatch", "dispatch_count dispatch_place dispatch_scan expert_tiles")]
    [InlineData("combine", "combine gate_gradient")]
    [InlineData("bias_update", "bias_update_sign bias_update_smebu")]
    [InlineData("experts_forward", "experts_down experts_up")]
    [InlineData("experts_backward", "experts_down_dgrad experts_up_dgrad experts_w13_wgrad experts_w2_wgrad")]
    [InlineData("experts_forward_wgmma", "experts_down experts_up")]
    [InlineData("experts_backward_wgmma", "experts_down_dgrad experts_up_dgrad experts_w13_wgrad experts_w2_wgrad")]
    public void A_module_holds_the_kernels_that_the_host_launches(string program, string kernels)
    {
        var binary = Nvrtc.Shared().Compile(CudaProgram.All.First(p => p.Name == program).Source(), program, CudaArchitecture.Sm90, Nvrtc.Verbose);
        Assert.Equal(kernels.Split(' '), Nvrtc.Usage(binary).Select(u => u.Kernel).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_mistake_in_another_activation_is_named_at_its_own_line()
    {
        var compiler = Nvrtc.Shared();
        var activation = new CudaText("relu2", "__device__ float moelab_activation(float gate, float up)\n{\n    return gate * gte * up;\n}\n");
        var error = Assert.Throws<CudaCompileException>(() => compiler.Compile(CudaProgram.ExpertsForward.Source(activation), "relu2", CudaArchitecture.Sm80));
        Assert.StartsWith("relu2, line 3: identifier \"gte\" is undefined", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_embedded_source_belongs_to_a_module()
    {
        var embedded = typeof(CudaProgram).Assembly.GetManifestResourceNames().Where(n => n.EndsWith(".cu", StringComparison.Ordinal)).Select(n => n[..^3]).Order(StringComparer.Ordinal);
        Assert.Equal(CudaProgram.All.SelectMany(p => p.Texts).Distinct().Order(StringComparer.Ordinal), embedded);
    }
}
