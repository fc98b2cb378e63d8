using System.Runtime.InteropServices;
using MoELab.Kernels.Cuda.Host.Driver;

namespace MoELab.Tests.Kernels.Cuda;

internal sealed unsafe partial class EmulatedModule
{
    /// <summary>Runs a kernel once on memory that stays where it is, as the driver would.</summary>
    public void Launch(string kernel, LaunchShape shape, ReadOnlySpan<KernelArgument> arguments)
    {
        var values = stackalloc long[arguments.Length];
        var pointers = stackalloc void*[arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            values[i] = arguments[i].Bits;
            pointers[i] = values + i;
        }
        var grid = stackalloc uint[] { (uint)shape.Grid.X, (uint)shape.Grid.Y, (uint)shape.Grid.Z };
        fixed (byte* name = System.Text.Encoding.UTF8.GetBytes(kernel + '\0'))
        {
            var message = _launch(name, grid, (uint)shape.Block.X, (uint)shape.SharedBytes, 1, pointers);
            if (message != null)
                throw new InvalidOperationException($"{kernel}: {Marshal.PtrToStringUTF8((nint)message)}");
        }
    }
}
