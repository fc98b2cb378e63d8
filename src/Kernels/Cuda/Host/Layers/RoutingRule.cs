namespace MoELab.Kernels.Cuda.Host.Layers;

/// <summary>How logits become a choice and gates.</summary>
/// <param name="Softmax">True if scores are the softmax over the experts; false for sigmoids.</param>
/// <param name="Normalise">Whether gates are divided by their sum over a token's choices.</param>
/// <param name="Scale">Factor on the gates.</param>
/// <param name="Replayed">True to compute the gates of a given choice; false to choose the K largest of score + bias.</param>
/// <param name="MicroBatch">Index of the micro-batch in the step, from 0, for reports of non-finite logits.</param>
internal readonly record struct RoutingRule(bool Softmax, bool Normalise, float Scale, bool Replayed = false, int MicroBatch = 0);
