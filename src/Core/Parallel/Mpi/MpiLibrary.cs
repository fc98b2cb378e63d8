using System.Runtime.InteropServices;

namespace MoELab.Parallel.Mpi;

/// <summary>
/// The functions of Open MPI's library, found when the first group is made. Its handles are addresses of exported variables. Every call is made by
/// one thread at a time, with <see cref="Gate"/>.
/// </summary>
internal static unsafe class MpiLibrary
{
    private const string Variable = "MOELAB_MPI";
    private const int Serialized = 2;
    private const int MessageLength = 256;

    /// <summary>Stands for an input that lies in the output already.</summary>
    public static readonly void* InPlace = (void*)1;

    private static readonly IntPtr Handle = Find();
    private static readonly bool IsOpenMpi = Handle != IntPtr.Zero && NativeLibrary.TryGetExport(Handle, "ompi_mpi_comm_world", out _);

    public static Lock Gate { get; } = new();

    /// <summary>All processes of the job.</summary>
    public static nint World => Export("ompi_mpi_comm_world");

    /// <summary>Starts MPI in this process.</summary>
    /// <exception cref="InputException">There is no Open MPI here, or MPI was started before.</exception>
    public static void Begin()
    {
        if (Handle == IntPtr.Zero)
            throw new InputException($"Open MPI was not found ({string.Join(", ", Names())}); install it (on Debian and Ubuntu: openmpi-bin), or name the file of its library in {Variable}");
        if (!IsOpenMpi)
            throw new InputException($"the MPI library that was found ({string.Join(", ", Names())}) is not Open MPI's; expected Open MPI, which can be named in {Variable}");
        var begun = 0;
        Check(((delegate* unmanaged<int*, int>)Export("MPI_Initialized"))(&begun));
        if (begun != 0)
            throw new InputException("this process has joined its MPI job before; it can join once: split the group that it got");
        var level = 0;
        Check(((delegate* unmanaged<int*, byte***, int, int*, int>)Export("MPI_Init_thread"))(null, null, Serialized, &level));
        if (level < Serialized)
            throw new InputException("this Open MPI was built without threads (MPI_THREAD_SERIALIZED), which .NET needs");
    }

    /// <summary>Whether this process has left its job: nothing may be called any more.</summary>
    public static bool HasEnded { get; private set; }

    public static void End()
    {
        HasEnded = true;
        Check(((delegate* unmanaged<int>)Export("MPI_Finalize"))());
    }

    /// <summary>Ends every process of the job.</summary>
    public static void Abort(int code) => ((delegate* unmanaged<nint, int, int>)Export("MPI_Abort"))(World, code);

    public static int Rank(nint group)
    {
        var rank = 0;
        Check(((delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_rank"))(group, &rank));
        return rank;
    }

    public static int Size(nint group)
    {
        var size = 0;
        Check(((delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_size"))(group, &size));
        return size;
    }

    /// <summary>Waits for all ranks of the group.</summary>
    public static nint Split(nint group, int colour, int key)
    {
        nint part = 0;
        Check(((delegate* unmanaged<nint, int, int, nint*, int>)Export("MPI_Comm_split"))(group, colour, key, &part));
        Check(((delegate* unmanaged<nint, nint, int>)Export("MPI_Comm_set_errhandler"))(part, Export("ompi_mpi_errors_return")));
        return part;
    }

    public static void Free(nint group) => Check(((delegate* unmanaged<nint*, int>)Export("MPI_Comm_free"))(&group));

    public static nint AllToAll(void* input, int* inputCounts, int* inputStarts, void* output, int* outputCounts, int* outputStarts, int elementSize, nint group)
    {
        nint request = 0;
        Check(((delegate* unmanaged<void*, int*, int*, nint, void*, int*, int*, nint, nint, nint*, int>)Export("MPI_Ialltoallv"))
            (input, inputCounts, inputStarts, Type(elementSize), output, outputCounts, outputStarts, Type(elementSize), group, &request));
        return request;
    }

    public static nint AllGather(void* input, int inputCount, void* output, int* outputCounts, int* outputStarts, int elementSize, nint group)
    {
        nint request = 0;
        Check(((delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, nint*, int>)Export("MPI_Iallgatherv"))
            (input, inputCount, Type(elementSize), output, outputCounts, outputStarts, Type(elementSize), group, &request));
        return request;
    }

    public static nint Broadcast(void* buffer, int count, int root, int elementSize, nint group)
    {
        nint request = 0;
        Check(((delegate* unmanaged<void*, int, nint, int, nint, nint*, int>)Export("MPI_Ibcast"))(buffer, count, Type(elementSize), root, group, &request));
        return request;
    }

    public static nint Barrier(nint group)
    {
        nint request = 0;
        Check(((delegate* unmanaged<nint, nint*, int>)Export("MPI_Ibarrier"))(group, &request));
        return request;
    }

    public static nint Send(void* buffer, int count, int rank, int elementSize, nint group)
    {
        nint request = 0;
        Check(((delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int>)Export("MPI_Isend"))(buffer, count, Type(elementSize), rank, 0, group, &request));
        return request;
    }

    public static nint Receive(void* buffer, int count, int rank, int elementSize, nint group)
    {
        nint request = 0;
        Check(((delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int>)Export("MPI_Irecv"))(buffer, count, Type(elementSize), rank, 0, group, &request));
        return request;
    }

    /// <summary>Whether a request is done, which ends it.</summary>
    public static bool IsDone(nint request)
    {
        var done = 0;
        Check(((delegate* unmanaged<nint*, int*, void*, int>)Export("MPI_Test"))(&request, &done, null));
        return done != 0;
    }

    // No arithmetic is left to MPI, so elements are numbers of their size.
    private static nint Type(int elementSize) => Export(elementSize switch { 2 => "ompi_mpi_int16_t", 4 => "ompi_mpi_int32_t", _ => "ompi_mpi_int64_t" });

    private static void Check(int code)
    {
        if (code == 0)
            return;
        var text = stackalloc byte[MessageLength];
        var length = 0;
        ((delegate* unmanaged<int, byte*, int*, int>)Export("MPI_Error_string"))(code, text, &length);
        throw new CollectiveException($"MPI: {Encoding.UTF8.GetString(text, Math.Min(length, MessageLength))}");
    }

    private static nint Export(string name) => NativeLibrary.GetExport(Handle, name);

    private static IntPtr Find()
    {
        foreach (var name in Names())
        {
            if (NativeLibrary.TryLoad(name, out var handle))
                return handle;
        }
        return IntPtr.Zero;
    }

    private static string[] Names() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } file ? [file] : ["libmpi.so.40", "libmpi.so", "libmpi.dylib"];
}
