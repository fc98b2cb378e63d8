using MoELab.Experts;
using MoELab.Interop.Torch;
using MoELab.Model.Fused;
using MoELab.Model.Operations;
using MoELab.Routing;

namespace MoELab.Model;

// B sequences, S positions, T = B*S tokens, D model width, V vocabulary.

/// <summary>
/// The AFMoE language model (Trinity report, arXiv 2602.17004, sections 2.1 to 2.4). Every part is a switch of <see cref="ModelRecipe"/>.
/// Master weights are float32; products run in the compute type, the router's in float32.
/// </summary>
public sealed class MoEModel : IDisposable
{
    private readonly ParameterStore _store;
    private readonly ComputePrecision _precision;
    private readonly Block[] _blocks;
    private readonly Parameter _embedding_VD, _norm_D, _head_VD;
    private readonly DenseProducts _products;
    private readonly ScoreWatch? _watch;

    /// <summary>Creates a model with newly initialised weights. A weight depends on the seed and the parameter's name alone.</summary>
    /// <exception cref="InputException">The expert kernel does not run on this device with this type.</exception>
    public MoEModel(ModelRecipe recipe, int vocabularySize, IRouter router, IExpertKernel kernel, ITokenDispatcher dispatcher, long seed,
        torch.Device device, torch.ScalarType computeType)
    {
        if (!kernel.IsSupported(device, computeType, out var reason))
            throw new InputException($"kernel: {reason}");
        (Recipe, VocabularySize, Device, Router, _precision, _products) =
            (recipe, vocabularySize, device, router, new ComputePrecision(computeType), new DenseProducts(kernel));
        using var scope = torch.NewDisposeScope();
        _store = new ParameterStore(recipe.InitSigma > 0 ? recipe.InitSigma : 0.5 / Math.Sqrt(recipe.DModel), seed, device);
        _embedding_VD = _store.Matrix("model.embed_tokens.weight", ParameterRole.Embedding, 1, vocabularySize, recipe.DModel);
        _blocks = [.. Enumerable.Range(0, recipe.Layers).Select(layer => new Block(_store, recipe, layer, router, kernel, dispatcher))];
        _norm_D = _store.Gain("model.norm.weight", recipe.DModel, 1);
        _head_VD = _store.Matrix("lm_head.weight", ParameterRole.Head, 1, vocabularySize, recipe.DModel);
        _watch = kernel is IRoutingKernel && recipe.Layers > recipe.DenseLayers
            ? new ScoreWatch(recipe.Layers - recipe.DenseLayers, recipe.RouterColumns, device) : null;
    }

    /// <summary>The architecture.</summary>
    public ModelRecipe Recipe { get; }

    /// <summary>Vocabulary size (V).</summary>
    public int VocabularySize { get; }

    /// <summary>The device of the weights.</summary>
    public torch.Device Device { get; }

    /// <summary>How tokens choose experts. Can be replaced between two steps by a router with the same <see cref="IRouter.ExtraMatrices"/>.</summary>
    public IRouter Router { get; set; }

    /// <summary>Trainable tensors in the order of the forward pass.</summary>
    public IReadOnlyList<Parameter> Parameters => _store.All;

    /// <summary>Runs the model.</summary>
    /// <param name="ids_BS">int64 [B, S] token ids.</param>
    /// <param name="documents_BS">Document of each position, any integer type; null means one document per sequence.</param>
    /// <param name="context">Everything else that the pass needs.</param>
    /// <returns>Logits and losses, with gradients where gradients are enabled.</returns>
    /// <exception cref="InputException">The router sees later tokens and cannot evaluate, or an id is outside the vocabulary.</exception>
    /// <exception cref="NonFiniteScoresException">
    /// A router's logit is NaN or infinite. In training, if the expert kernel routes on a GPU, <see cref="RequireFiniteScores"/> throws this instead.
    /// </exception>
    public ModelOutput Forward(Tensor ids_BS, Tensor? documents_BS, ForwardContext context)
    {
        if (!context.Training && !Router.IsCausalInEvaluation)
            throw new InputException($"router: {Router.GetType().Name} lets a token's choice depend on later tokens, "
                + "so it cannot evaluate or generate; expected a causal router");
        using var pause = FinalizerPause.Begin();
        using var scope = torch.NewDisposeScope();
        CheckIds(ids_BS);
        // One copy for all layers. A recomputed block needs the caller's own tensor, which outlives this scope.
        if (!context.Training)
            context = context with { Bias_LE = context.Bias_LE?.to(Device) };
        var (batch, length) = ((int)ids_BS.shape[0], (int)ids_BS.shape[1]);
        var layout = SequenceLayout.Create(batch, length, Recipe.IntraDocumentMask ? documents_BS : null, Recipe.Window, Recipe.HeadDim,
            Recipe.RopeTheta, _precision.Type, Device);
        var call = new LayerCall(context, layout, ids_BS.reshape(-1), Router, _watch);

        var x_TD = context.Begin(ModelPart.Between, Embed(call.Ids_T));
        var losses = context.RouterLosses.Select(_ => torch.zeros(Array.Empty<long>(), dtype: torch.ScalarType.Float32, device: Device)).ToArray();
        Tensor? penalty = null;
        foreach (var block in _blocks)
        {
            var output = context is { ActivationCheckpointing: true, Training: true }
                ? BlockRecomputation.Run(block, x_TD, call, _precision) : block.Forward(x_TD, call, _precision);
            x_TD = output.X_TD;
            for (var i = 0; i < output.RouterLosses.Count; i++)
                losses[i] = losses[i].add(output.RouterLosses[i], Scalars.One);
            if (output.Penalty is not null)
                penalty = penalty is null ? output.Penalty : penalty.add(output.Penalty, Scalars.One);
        }
        var last_TD = context.Begin(ModelPart.Head, FusedOps.RmsNorm(x_TD, _norm_D.Value, Recipe.RmsEps));
        var logits_TV = _products.Linear(last_TD, _precision.Weight(_head_VD)).to(torch.ScalarType.Float32);
        if (!context.Training)
            RequireFiniteScores();
        foreach (var loss in losses)
            loss.MoveToOuterDisposeScope();
        return new ModelOutput(logits_TV.MoveToOuterDisposeScope(), losses, penalty?.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Throws for router logits that were not finite in training passes since the last call, if the expert kernel routes on a GPU:
    /// there it waits for the GPU; elsewhere <see cref="Forward"/> has already thrown. Call it before anything learns from the passes.
    /// </summary>
    /// <exception cref="NonFiniteScoresException">The first micro-batch, layer, token and expert with a NaN or an infinity.</exception>
    public void RequireFiniteScores() => _watch?.RequireFinite();

    /// <inheritdoc/>
    public void Dispose()
    {
        _store.Dispose();
        _watch?.Dispose();
    }

    private Tensor Embed(Tensor ids_T)
    {
        var x_TD = _precision.Cast(_embedding_VD.Value.index_select(0, ids_T));
        return Recipe.ScaleEmbedding ? x_TD * Scalars.Of(Math.Sqrt(Recipe.DModel)) : x_TD;
    }

    private void CheckIds(Tensor ids_BS)
    {
        // On a GPU the check would wait for the device; data are checked when they are prepared.
        if (ids_BS.device_type != DeviceType.CPU || ids_BS.numel() == 0)
            return;
        var (low, high) = (ids_BS.min().item<long>(), ids_BS.max().item<long>());
        if (low < 0 || high >= VocabularySize)
            throw new InputException($"tokens: id {(low < 0 ? low : high)} is outside the vocabulary; expected 0 to {VocabularySize - 1}");
    }
}
