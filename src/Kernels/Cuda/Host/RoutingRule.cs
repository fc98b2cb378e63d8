namespace MoELab.Cuda;

/// <summary>How logits become a choice and gates.</summary>
/// <param name="Softmax">Scores are the softmax over the experts; sigmoids otherwise.</param>
/// <param name="Normalise">Whether gates are divided by their sum over a token's choices.</param>
/// <param name="Scale">Factor on the gates.</param>
/// <param name="Replayed">Whether a given choice is weighed; otherwise the K largest of score + bias are chosen.</param>
/// <param name="MicroBatch">Of the step, from 0: tells reports of broken logits apart.</param>
internal readonly record struct RoutingRule(bool Softmax, bool Normalise, float Scale, bool Replayed = false, int MicroBatch = 0);
