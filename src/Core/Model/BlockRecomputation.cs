using MoELab.Interop.Torch;

namespace MoELab.Model;

/// <summary>
/// Activation checkpointing: keeps a block's input and its choice of experts, and computes the block again in backward. The
/// choice is replayed, so that the gradient belongs to the experts that the forward pass used, and no count sees it twice.
/// </summary>
internal sealed class BlockRecomputation : GuardedFunctions<BlockRecomputation>
{
    private const string Key = "state";

    public override string Name => nameof(BlockRecomputation);

    public static LayerOutput Run(Block block, Tensor x_TD, LayerCall call, ComputePrecision precision)
    {
        var pass = new Pass(block, call, precision);
        var outputs = apply([pass, x_TD, .. block.Parameters.Select(p => (object)p.Value)]);
        return new LayerOutput(outputs[0], [.. outputs.Skip(1).Take(pass.Losses)], pass.HasPenalty ? outputs[1 + pass.Losses] : null, null, null);
    }

    protected override List<Tensor> Compute(torch.autograd.AutogradContext ctx, object[] vars)
    {
        var pass = (Pass)vars[0];
        var x_TD = (Tensor)vars[1];
        var output = pass.Block.Forward(x_TD, pass.Call, pass.Precision);
        (pass.Losses, pass.HasPenalty, pass.TopK) = (output.RouterLosses.Count, output.Penalty is not null, output.Choice?.TopK ?? 0);

        // Everything that backward needs is saved as a tensor of the graph, because the scopes of the forward pass end before it runs.
        var layout = pass.Call.Layout;
        ctx.save_for_backward([x_TD, pass.Call.Ids_T, layout.Cos_SR, layout.Sin_SR, layout.LocalMask!, layout.GlobalMask!,
            output.Choice?.Token_N!, output.Choice?.Expert_N!, output.StepCounts_E!]);
        ctx.save_data(Key, pass);
        ctx.set_materialize_grads(false);
        return Differentiable(output);
    }

    protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        using var scope = torch.NewDisposeScope();
        using var enabled = torch.enable_grad();
        var pass = (Pass)ctx.get_data(Key);
        var saved = ctx.get_saved_variables();
        var x_TD = saved[0].detach().requires_grad_();
        var layout = pass.Call.Layout with { Cos_SR = saved[2], Sin_SR = saved[3], LocalMask = saved[4], GlobalMask = saved[5] };
        var output = pass.Block.Forward(x_TD, pass.Call with
        {
            Layout = layout,
            Ids_T = saved[1],
            // The forward pass has already planned this choice, and planning rejects experts that do not exist.
            Replay = saved[6] is null ? null : new RouterChoice(saved[6], saved[7], pass.TopK) { IsKnown = true },
            StepCounts_E = saved[8],
        }, pass.Precision);

        var outputs = Differentiable(output);
        var reached = Enumerable.Range(0, outputs.Count).Where(i => !grad_outputs[i].IsInvalid && outputs[i].requires_grad).ToArray();
        List<Tensor> inputs = [x_TD, .. pass.Block.Parameters.Select(p => p.Value)];
        // Adds the parameters' gradients itself and leaves none for the caller; TorchSharp's grad would end the process on an error.
        BackwardGuard.Run(() => torch.autograd.backward(
            [.. reached.Select(i => outputs[i])], [.. reached.Select(i => grad_outputs[i])], inputs: inputs));
        return [null!, x_TD.grad?.MoveToOuterDisposeScope()!, .. pass.Block.Parameters.Select(_ => (Tensor)null!)];
    }

    private static List<Tensor> Differentiable(LayerOutput output) =>
        output.Penalty is null ? [output.X_TD, .. output.RouterLosses] : [output.X_TD, .. output.RouterLosses, output.Penalty];

    private sealed record Pass(Block Block, LayerCall Call, ComputePrecision Precision)
    {
        public int Losses { get; set; }
        public bool HasPenalty { get; set; }
        public int TopK { get; set; }
    }
}
