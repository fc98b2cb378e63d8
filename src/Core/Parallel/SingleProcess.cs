namespace MoELab.Parallel;

/// <summary>A group of one. It takes tensors of every device.</summary>
public sealed class SingleProcess : ProcessGroup
{
    /// <summary>A group of one.</summary>
    public SingleProcess() : base(0, 1, anyDevice: true) { }

    private protected override ICollective Start(Collective call)
    {
        if (!ReferenceEquals(call.Input, call.Output))
        {
            using var noGrad = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            call.Output!.copy_(call.Input!.view(call.Output.shape));
        }
        return FinishedCollective.Instance;
    }

    private protected override IProcessGroup Split(RankPlaces places) => new SingleProcess();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) { }
}
