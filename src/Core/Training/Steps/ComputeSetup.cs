using MoELab.Interop.Host;

namespace MoELab.Training.Steps;

/// <summary>Sets the process up for a recipe's device, precision and threads, or says what is missing here.</summary>
internal static class ComputeSetup
{
    /// <param name="training">Device and precision.</param>
    /// <param name="threads">Threads of tensor operations; 0 takes the machine's cores.</param>
    /// <exception cref="InputException">The device is not here.</exception>
    public static void Apply(TrainingRecipe training, int threads)
    {
        if (training.Device == ComputeDevice.Cuda && !torch.cuda.is_available())
            throw new InputException("training.device: libtorch finds no CUDA device here; "
                + "expected cpu, or a machine with a GPU and the CUDA build");
        // Both ways: the switch belongs to the process and may stand where an earlier run left it.
        torch.backends.cuda.matmul.allow_tf32 = training.Precision == Precision.Tf32;
        torch.backends.cudnn.allow_tf32 = training.Precision == Precision.Tf32;
        // Before libtorch makes its threads: they take after the thread that makes them.
        TimeSlice.Shorten();
        torch.set_num_threads(threads > 0 ? threads : Environment.ProcessorCount);
    }
}
