namespace MoELab.Kernels.Cuda.Host.Compilation;

/// <summary>A piece of CUDA C++ with its name in messages.</summary>
internal sealed record CudaText(string Name, string Text)
{
    /// <summary>The text with its own line numbers, so that messages refer to its lines wherever it is included.</summary>
    internal string Numbered => $"#line 1 \"{Name}\"\n{Text}\n";

    /// <summary>A source embedded in this assembly.</summary>
    internal static CudaText Embedded(string name)
    {
        var file = name + ".cu";
        using var stream = typeof(CudaText).Assembly.GetManifestResourceStream(file)
            ?? throw new ArgumentException($"no source '{file}'", nameof(name));
        using var reader = new StreamReader(stream);
        return new CudaText(file, reader.ReadToEnd());
    }
}
