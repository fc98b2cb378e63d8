using System.Runtime.InteropServices;
using MoELab.Interop.Host;

#pragma warning disable CA2201 // What libtorch's binding and the runtime throw.
namespace MoELab.Tests.Interop;

public sealed class MemoryErrorTests
{
    public static TheoryData<string, string> Messages => new()
    {
        {
            "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 3221225472 bytes. Error code 12 (Cannot allocate memory)",
            "out of memory on the CPU (3 GiB requested at once)"
        },
        {
            "[enforce fail at alloc_cpu.cpp:124] data. DefaultCPUAllocator: not enough memory: you tried to allocate 1600 bytes.",
            "out of memory on the CPU (1.56 KiB requested at once)"
        },
        {
            "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 79.11 GiB of which 12.31 GiB is free. Process 1 has 66.79 GiB memory in use.",
            "out of memory on the GPU (20 GiB requested at once)"
        },
        { "CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported at some other API call", "out of memory on the GPU" },
    };

    [Theory, MemberData(nameof(Messages))]
    public void An_allocator_of_libtorch_is_understood(string message, string sentence)
    {
        var error = new ExternalException(message);
        Assert.True(MemoryError.Is(error));
        Assert.Equal(sentence, MemoryError.Reason(error));
        Assert.True(MemoryError.Is(new InvalidOperationException("a task failed", error)));
    }

    [Fact]
    public void So_is_the_want_of_memory_of_the_runtime_and_nothing_else()
    {
        Assert.Equal("out of memory on the CPU", MemoryError.Reason(new OutOfMemoryException()));
        Assert.False(MemoryError.Is(new ExternalException("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)")));
        Assert.False(MemoryError.Is(new InvalidOperationException("CUDA out of memory. Tried to allocate 20.00 GiB.")));
    }

    [Fact]
    public void Torch_itself_says_it_so()
    {
        var error = Assert.Throws<ExternalException>(() => torch.empty([1L << 50], dtype: torch.ScalarType.Int8));
        Assert.Equal("out of memory on the CPU (1,048,576 GiB requested at once)", MemoryError.Reason(error));
    }
}
