namespace MoELab.Interop.Torch;

/// <summary>
/// <c>torch._grouped_mm</c> by TorchScript, which TorchSharp does not wrap: one launch for products of consecutive row groups
/// with a matrix each. A script that does not compile ends the process, so that it is a constant and a test compiles it.
/// </summary>
public static class GroupedMm
{
    private const string Script = """
        def grouped_mm(a: Tensor, b: Tensor, ends: Tensor) -> Tensor:
            return torch._grouped_mm(a, b, ends)

        """;

    private static readonly Lazy<torch.jit.CompilationUnit> Unit = new(() => torch.jit.compile(Script));

    /// <summary>Rows of group g times matrix g, with gradients. Group g's rows end before row ends[g] (int32).</summary>
    public static Tensor Run(Tensor rows_NK, Tensor matrices_GKM, Tensor ends_G) =>
        (Tensor)Unit.Value.invoke("grouped_mm", rows_NK, matrices_GKM, ends_G)!;
}
