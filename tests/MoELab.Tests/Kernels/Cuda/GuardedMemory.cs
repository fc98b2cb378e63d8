using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MoELab.Tests.Kernels.Cuda;

/// <summary>
/// The arguments of a launch in native memory: each array between two guards whose bytes are NaN in every format, so that a read
/// beside it shows in the result and a write beside it is found.
/// </summary>
internal sealed unsafe class GuardedMemory : IDisposable
{
    private const int Guard = 4096;
    private readonly object?[] _values;
    private readonly byte*[] _blocks;

    public GuardedMemory(object?[] values)
    {
        (_values, _blocks) = (values, new byte*[values.Length]);
        Arguments = (void**)NativeMemory.AllocZeroed((nuint)(values.Length * 2), (nuint)sizeof(void*));
        for (var i = 0; i < values.Length; i++)
        {
            // The argument's own storage stands behind the table of pointers to arguments.
            var slot = (byte*)(Arguments + values.Length + i);
            Arguments[i] = slot;
            switch (values[i])
            {
                case Array array:
                    var bytes = Buffer.ByteLength(array);
                    _blocks[i] = (byte*)NativeMemory.AlignedAlloc((nuint)(bytes + (2 * Guard)), 256);
                    new Span<byte>(_blocks[i], bytes + (2 * Guard)).Fill(0xff);
                    Bytes(array).CopyTo(new Span<byte>(_blocks[i] + Guard, bytes));
                    *(byte**)slot = _blocks[i] + Guard;
                    break;
                case int number:
                    *(int*)slot = number;
                    break;
                case float number:
                    *(float*)slot = number;
                    break;
                case double number:
                    *(double*)slot = number;
                    break;
                case null:
                    break;
                default:
                    throw new ArgumentException($"argument {i} is a {values[i]!.GetType()}");
            }
        }
    }

    /// <summary>Pointers to the arguments, as cuLaunchKernel takes them.</summary>
    public void** Arguments { get; }

    public void CopyBack(string kernel)
    {
        for (var i = 0; i < _values.Length; i++)
        {
            if (_values[i] is not Array array)
                continue;
            var bytes = Buffer.ByteLength(array);
            Assert.False(new Span<byte>(_blocks[i], Guard).ContainsAnyExcept((byte)0xff), $"{kernel}: memory before argument {i} was written");
            Assert.False(new Span<byte>(_blocks[i] + Guard + bytes, Guard).ContainsAnyExcept((byte)0xff), $"{kernel}: memory behind argument {i} was written");
            new Span<byte>(_blocks[i] + Guard, bytes).CopyTo(Bytes(array));
        }
    }

    public void Dispose()
    {
        foreach (var block in _blocks)
            NativeMemory.AlignedFree(block);
        NativeMemory.Free(Arguments);
    }

    private static Span<byte> Bytes(Array array) =>
        MemoryMarshal.CreateSpan(ref Unsafe.As<byte, byte>(ref MemoryMarshal.GetArrayDataReference(array)), Buffer.ByteLength(array));
}
