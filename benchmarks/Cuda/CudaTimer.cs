using MoELab.Kernels.Cuda.Host.Driver;

namespace MoELab.CudaCheck;

/// <summary>Times work on a stream with events, so that the launch is not counted.</summary>
internal sealed class CudaTimer : IDisposable
{
    private readonly nint _start, _end;

    internal CudaTimer(CudaDevice device)
    {
        device.Enter();
        DriverErrors.Check(DriverMethods.cuEventCreate(out _start, 0), "timer");
        DriverErrors.Check(DriverMethods.cuEventCreate(out _end, 0), "timer");
    }

    /// <summary>Milliseconds that the GPU took for the launches of <paramref name="work"/>.</summary>
    internal float Milliseconds(Action work, nint stream = 0)
    {
        DriverErrors.Check(DriverMethods.cuEventRecord(_start, stream), "timer");
        work();
        DriverErrors.Check(DriverMethods.cuEventRecord(_end, stream), "timer");
        DriverErrors.Check(DriverMethods.cuEventSynchronize(_end), "timer");
        DriverErrors.Check(DriverMethods.cuEventElapsedTime(out var milliseconds, _start, _end), "timer");
        return milliseconds;
    }

    public void Dispose()
    {
        _ = DriverMethods.cuEventDestroy(_start);
        _ = DriverMethods.cuEventDestroy(_end);
    }
}
