namespace MoELab.CudaCheck;

/// <summary>Where a check's arrays lie: on a GPU, or in a test in the processor's memory.</summary>
internal interface IDeviceMemory
{
    /// <summary>A copy of an array.</summary>
    nint Put<T>(T[] values) where T : unmanaged;

    /// <summary>Room whose bytes are all 255, which is no number in any format.</summary>
    nint Room<T>(long count) where T : unmanaged;

    /// <summary>What lies there now.</summary>
    T[] Get<T>(nint pointer) where T : unmanaged;
}
