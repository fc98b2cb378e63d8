using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Recipes;

/// <summary>The AFMoE architecture (Trinity report, arXiv 2602.17004, sections 2.1 to 2.4); each part can be switched off for an ablation.</summary>
public sealed record ModelRecipe
{
    /// <summary>Layers in all.</summary>
    [Range(1, 1000), Description("layers in all")]
    public int Layers { get; init; } = 4;

    /// <summary>Initial layers whose FFN is dense.</summary>
    [Range(0, 1000), Description("initial layers with a dense FFN")]
    public int DenseLayers { get; init; } = 1;

    /// <summary>Width of the residual stream.</summary>
    [Range(1, 1 << 20), Description("width of the residual stream")]
    public int DModel { get; init; } = 128;

    /// <summary>Inner width of a dense SwiGLU FFN.</summary>
    [Range(1, 1 << 20), Description("inner width of a dense FFN")]
    public int Ffn { get; init; } = 256;

    /// <summary>Inner width of one expert.</summary>
    [Range(1, 1 << 20), Description("inner width of one expert")]
    public int ExpertFfn { get; init; } = 64;

    /// <summary>Query heads.</summary>
    [Range(1, 4096), Description("query heads")]
    public int Heads { get; init; } = 2;

    /// <summary>Key and value heads (GQA).</summary>
    [Range(1, 4096), Description("key and value heads")]
    public int KvHeads { get; init; } = 1;

    /// <summary>Width of a head.</summary>
    [Range(2, 4096), Description("width of a head")]
    public int HeadDim { get; init; } = 64;

    /// <summary>Routed experts in each MoE layer.</summary>
    [Range(1, 1 << 16), Description("routed experts in each MoE layer")]
    public int Experts { get; init; } = 16;

    /// <summary>Routed experts that a token uses.</summary>
    [Range(1, 1 << 16), Description("routed experts that a token uses")]
    public int ActiveExperts { get; init; } = 2;

    /// <summary>
    /// Null experts beside the routed ones in every MoE layer (MoE++, arXiv 2410.07348; LongCat-Flash): the router can choose them too, but they give
    /// nothing and cost nothing, so a token uses <see cref="ActiveExperts"/> routed experts or fewer. Router, bias, counts and metrics have a column for
    /// each of them, after those of the routed experts, and where gates are normalised theirs are in the sum. Every column has the same target, so in
    /// balance a token uses <c>active_experts · experts / (experts + null_experts)</c> routed experts. For these that is LongCat-Flash's target
    /// <c>K_e/(K·N)</c> with that K_e; there, null experts have no bias. The router must choose a token's K largest of all.
    /// </summary>
    [Range(0, 1 << 16), LaterKey, Description("experts beside them that give nothing and cost nothing")]
    public int NullExperts { get; init; }

    /// <summary>Shared experts, computed for every token.</summary>
    [Range(0, 64), Description("experts that every token uses")]
    public int SharedExperts { get; init; } = 1;

    /// <summary>Factor on the normalised gates.</summary>
    [Range(0.0, 1000.0), Description("factor on the normalised gates")]
    public double RouteScale { get; init; } = 1.0;

    /// <summary>
    /// Width inside which routed experts work (LatentMoE, arXiv 2601.18089): one matrix takes a token down to it before the experts and one takes their
    /// sum up again; router and shared experts stay at the full width. 0 leaves the experts at the full width, without these matrices.
    /// </summary>
    [Range(0, 1 << 20), Description("width inside which routed experts work; 0: d_model")]
    public int Latent { get; init; }

    /// <summary>RMSNorm on the latent before the experts; without it, LatentMoE loses (marin, issue 6822).</summary>
    [Description("RMSNorm on the latent")]
    public bool LatentNorm { get; init; } = true;

    /// <summary>Tokens that a local layer sees, itself included.</summary>
    [Range(1, 1 << 24), Description("tokens that a local layer sees, itself included")]
    public int Window { get; init; } = 128;

    /// <summary>Every n-th layer is global; 1 makes all layers global, 0 none.</summary>
    [Range(0, 1000), Description("every n-th layer is global; 1: all, 0: none")]
    public int GlobalEvery { get; init; } = 4;

    /// <summary>RoPE base.</summary>
    [Range(1.0, 1e12), Description("RoPE base")]
    public double RopeTheta { get; init; } = 10000;

    /// <summary>Whether global layers use RoPE too (Trinity: no, NoPE).</summary>
    [Description("RoPE in global layers too")]
    public bool RopeInGlobal { get; init; }

    /// <summary>RMSNorm on q and k, per head, before RoPE.</summary>
    [Description("RMSNorm on q and k")]
    public bool QkNorm { get; init; } = true;

    /// <summary>Elementwise sigmoid gate on the attention output.</summary>
    [Description("sigmoid gate on the attention output")]
    public bool GatedAttention { get; init; } = true;

    /// <summary>A second RMSNorm after attention and FFN; off gives plain pre-norm.</summary>
    [Description("norm after attention and FFN as well")]
    public bool SandwichNorm { get; init; } = true;

    /// <summary>Start the second norm's gain at 1/√layers; off starts it at 1.</summary>
    [Description("second norm's gain starts at 1/sqrt(layers)")]
    public bool DepthScaledNorm { get; init; } = true;

    /// <summary>Multiply embeddings by √d_model.</summary>
    [Description("embeddings times sqrt(d_model)")]
    public bool ScaleEmbedding { get; init; } = true;

    /// <summary>Attention stays inside a document.</summary>
    [Description("attention stays inside a document")]
    public bool IntraDocumentMask { get; init; } = true;

    /// <summary>Standard deviation of the truncated normal; 0 means 0.5/√d_model.</summary>
    [Range(0.0, 10.0), Description("standard deviation of the truncated normal; 0: 0.5/sqrt(d_model)")]
    public double InitSigma { get; init; }

    /// <summary>Added to the mean square in every RMSNorm.</summary>
    [Range(0.0, 1.0), Description("added to the mean square in every RMSNorm")]
    public double RmsEps { get; init; } = 1e-5;

    /// <summary>Rows of embedding and head; 0 takes the tokenizer's. A larger number pads the embedding, as released checkpoints do.</summary>
    [Range(0, 1 << 24), Description("rows of embedding and head; 0: the tokenizer's")]
    public int Vocabulary { get; init; }

    /// <summary>The width of a routed expert's input and output.</summary>
    internal int ExpertWidth => Latent > 0 ? Latent : DModel;

    /// <summary>What a router chooses among: the routed experts, then the null ones.</summary>
    internal int RouterColumns => Experts + NullExperts;

    /// <summary>Routed experts that a token uses in balance, the null experts among its choices left out.</summary>
    internal double MeanExperts => (double)ActiveExperts * Experts / RouterColumns;

    /// <summary>MoE layers: layers less the dense ones.</summary>
    internal int MoELayers => Math.Max(0, Layers - DenseLayers);

    /// <summary>Rows of embedding and head for a tokenizer's vocabulary.</summary>
    /// <exception cref="InputException">The recipe's vocabulary is smaller than the tokenizer's.</exception>
    public int ResolveVocabulary(int tokenizer) => Vocabulary == 0 ? tokenizer
        : Vocabulary >= tokenizer ? Vocabulary
        : throw new InputException($"model.vocabulary: {Vocabulary} is smaller than the tokenizer's {tokenizer}; expected 0 or at least {tokenizer}");

    /// <summary>Whether layer <paramref name="layer"/> (from 0) attends globally.</summary>
    public bool IsGlobal(int layer) => GlobalEvery > 0 && (layer + 1) % GlobalEvery == 0;
}
