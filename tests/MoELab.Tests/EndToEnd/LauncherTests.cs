namespace MoELab.Tests.EndToEnd;

public sealed class LauncherTests : IDisposable
{
    private readonly DirectoryInfo _apt = Directory.CreateTempSubdirectory("moelab");

    public void Dispose() => _apt.Delete(recursive: true);

    [Fact]
    public void The_extra_suite_comes_from_a_one_line_source()
    {
        Write("sources.list", """
            # deb http://commented.example/debian bookworm main
            deb [arch=amd64 signed-by=/keys/vendor.gpg] https://vendor.example/prod bookworm main
            deb [signed-by=/keys/debian.gpg] http://mirror.example/debian bookworm contrib main
            deb http://mirror.example/debian bookworm-updates main
            """);
        Assert.Equal("Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\nSigned-By: /keys/debian.gpg\n", Derive());
    }

    [Fact]
    public void The_extra_suite_comes_from_a_deb822_source_with_its_key()
    {
        Write("sources.list.d/debian.sources", """
            Enabled: no
            Types: deb
            URIs: http://off.example/debian
            Suites: bookworm
            Components: main

            Types: deb deb-src
            # a remark
            URIs: http://mirror.example/debian/
            Suites: bookworm bookworm-updates
            Components: main contrib
            Signed-By:
             -----BEGIN PGP PUBLIC KEY BLOCK-----
             .
             abc
             -----END PGP PUBLIC KEY BLOCK-----
            """);
        Assert.Equal(
            "Types: deb\nURIs: http://mirror.example/debian/\nSuites: trixie\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----\n", Derive());
    }

    [Fact]
    public void Without_a_source_of_bookworm_there_is_nothing_to_derive()
    {
        Write("sources.list", "deb http://mirror.example/debian bullseye main\n");
        Assert.Equal("", Derive());
    }

    [Theory]
    [InlineData("bookworm")]
    [InlineData("trixie")]
    public void The_compiler_of_CUDA_comes_from_the_same_archive(string suite)
    {
        Write("sources.list", $"deb http://mirror.example/debian {suite} main\n");
        Assert.Equal("Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: non-free\n", Shell.Run("bash", "eng/cuda-compiler.sh", "--print", _apt.FullName).Output);
    }

    [Theory]
    [InlineData("moelab")]
    [InlineData("eng/libstdcxx.sh")]
    [InlineData("eng/cuda-compiler.sh")]
    [InlineData(".ci/run")]
    public void Scripts_parse(string script) => Assert.Equal((0, "", ""), Shell.Run("bash", "-n", script));

    [Fact]
    public void Scripts_name_no_mirror() => Assert.DoesNotMatch("debian\\.org|nuget\\.org", Repository.Read("moelab") + Repository.Read("eng/libstdcxx.sh") + Repository.Read("eng/cuda-compiler.sh") + Repository.Read("nuget.config"));

    private string Derive() => Shell.Run("bash", "eng/libstdcxx.sh", "--print", _apt.FullName).Output;

    private void Write(string file, string text)
    {
        var path = Path.Combine(_apt.FullName, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text + "\n");
    }
}
