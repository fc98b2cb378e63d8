using MoELab.Routing.Routers;

namespace MoELab.Routing.Replay;

// T tokens, E experts.

/// <summary>
/// Takes the choices of an earlier run from a file (<see cref="ChoiceRecorder"/>), by step, micro-batch and layer, and weighs them
/// with its own normalised sigmoid scores times the route scale: the same routing under another model. Outside the training steps,
/// where nothing is recorded, it chooses as <see cref="SigmoidTopK"/>.
/// </summary>
[Plugin("replay", "Choices from a file that an earlier run recorded, for debugging")]
public sealed class ReplayRouter(ReplayRouterOptions options) : BuiltInRouter(ScoreKind.Sigmoid, ScoreKind.None)
{
    private readonly Lazy<ChoiceTrace> _trace = new(() => new ChoiceTrace(options.Path));

    private protected override RouterOutput Decide(in RouterInput input) => FixedGates.Weigh(input, Choose, GateRule.Scores);

    private RouterChoice Choose(in RouterInput input)
    {
        // Step 0 is the probe of the loss terms before the first step.
        if (!input.Training || input.Step.Step == 0)
            return RouterChoice.FromTopK(TopK.Select(torch.sigmoid(input.Logits_TE.detach()), input.Bias_E, input.TopK));
        var choice = _trace.Value.Find(input.Step.Step, input.MicroBatch, input.Layer, input.Logits_TE.device);
        var (tokens, experts, count) = (input.Logits_TE.shape[0], input.Logits_TE.shape[1], choice.Expert_N.shape[0]);
        var fits = choice.TopK > 0 ? count == tokens * choice.TopK : count == 0 || choice.Token_N.max().item<long>() < tokens;
        if (!fits || (count > 0 && choice.Expert_N.max().item<long>() >= experts))
            throw new InputException($"router.path: the choice recorded for step {input.Step.Step}, "
                + $"MoE layer {input.Layer} does not match {tokens} tokens and {experts} experts");
        return choice;
    }
}
