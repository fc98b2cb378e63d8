using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MoELab.Interop.Files;

namespace MoELab.Kernels.Cuda.Host.Compilation;

/// <summary>
/// Compiled sources on disk, named by the hash of everything that determines them. A file holds the hash of what follows, the length of the
/// log, the log and the code; a file that does not match its hash is ignored. If the folder cannot be written, nothing is cached.
/// </summary>
internal sealed class CudaCache(string folder)
{
    private const int HashBytes = 32;

    /// <summary><c>MOELAB_CUDA_CACHE</c>, or <c>moelab/cuda</c> in the user's cache folder.</summary>
    internal static CudaCache Default { get; } = new(Environment.GetEnvironmentVariable("MOELAB_CUDA_CACHE") is { Length: > 0 } given
        ? given : Path.Combine(UserCache.Folder, "cuda"));

    internal static string Key(string version, string architecture, IEnumerable<string> options, string name, string source) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', [version, architecture, .. options, name, source]))));

    internal string PathOf(string key) => Path.Combine(folder, key + ".bin");

    internal CudaBinary? Read(string key)
    {
        try
        {
            var bytes = File.ReadAllBytes(PathOf(key));
            var rest = bytes.AsSpan(Math.Min(HashBytes, bytes.Length));
            if (rest.Length < sizeof(int) || !SHA256.HashData(rest).AsSpan().SequenceEqual(bytes.AsSpan(0, HashBytes)))
                return null;
            var log = BinaryPrimitives.ReadInt32LittleEndian(rest);
            return new CudaBinary(rest[(sizeof(int) + log)..].ToArray(), Encoding.UTF8.GetString(rest.Slice(sizeof(int), log)), true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal void Write(string key, CudaBinary binary)
    {
        var log = Encoding.UTF8.GetBytes(binary.Log);
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, log.Length);
        byte[] rest = [.. length, .. log, .. binary.Code];
        try
        {
            Directory.CreateDirectory(folder);
            // Two processes may compile the same source at once: each writes its own file and renames it.
            var beside = Path.Combine(folder, $"{key}.{Environment.ProcessId}.{Guid.NewGuid():N}.tmp");
            File.WriteAllBytes(beside, [.. SHA256.HashData(rest), .. rest]);
            File.Move(beside, PathOf(key), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next process will compile again.
        }
    }
}
