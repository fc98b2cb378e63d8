using MoELab.Optimization;
using MoELab.Tests.Model;

namespace MoELab.Tests.Optimization;

public sealed class ParameterGroupsTests
{
    [Fact]
    public void Trinitys_split_gives_muon_the_matrices_and_the_router_and_AdamW_the_rest()
    {
        using var model = SimpleModel.Create(SimpleModel.Recipe with { DenseLayers = 1 });
        var groups = ParameterGroups.Assign(model.Parameters, new OptimizerRecipe());
        Assert.Equal(["adamw", "muon"], groups.Keys.Order());
        Assert.All(groups["muon"], p => Assert.True(p.IsMatrix && p.Role is ParameterRole.Hidden or ParameterRole.Experts or ParameterRole.Router, p.Name));
        Assert.Contains(groups["muon"], p => p.Name.EndsWith("router.gate.weight", StringComparison.Ordinal));
        Assert.Contains(groups["adamw"], p => p.Name == "model.embed_tokens.weight");
        Assert.Contains(groups["adamw"], p => p.Name == "lm_head.weight");
        Assert.All(model.Parameters.Where(p => !p.IsMatrix), p => Assert.Contains(p, groups["adamw"]));
        Assert.Equal(model.Parameters.Count, groups.Values.Sum(g => g.Count));
    }

    [Fact]
    public void Every_parameter_is_in_one_group_and_in_the_models_order()
    {
        using var model = SimpleModel.Create();
        foreach (var group in ParameterGroups.Assign(model.Parameters, new OptimizerRecipe()).Values)
            Assert.Equal(model.Parameters.Where(group.Contains), group);
    }

    [Theory]
    [InlineData("router", "adamw")]
    [InlineData("experts", "lion")]
    [InlineData("hidden", "normuon")]
    [InlineData("embedding", "lion")]
    public void A_role_can_be_given_to_another_optimizer(string role, string optimizer)
    {
        using var model = SimpleModel.Create();
        var recipe = new Recipe().With($"optimizer.groups.{role}={optimizer}").Optimizer;
        var group = ParameterGroups.Assign(model.Parameters, recipe)[optimizer];
        Assert.All(model.Parameters.Where(p => Names.Snake(p.Role.ToString()) == role), p => Assert.Contains(p, group));
        Assert.Contains(recipe.Choices, c => c.Name == optimizer);
    }

    [Fact]
    public void A_pattern_of_names_comes_before_the_role()
    {
        using var model = SimpleModel.Create();
        var groups = ParameterGroups.Assign(model.Parameters, Groups("model.layers.1.self_attn.*_proj.weight"));
        Assert.All(groups["lion"], p => Assert.StartsWith("model.layers.1.self_attn.", p.Name, StringComparison.Ordinal));
        Assert.Equal(5, groups["lion"].Count);
        Assert.Equal(model.Parameters.Count, groups.Values.Sum(g => g.Count));
    }

    [Theory]
    [InlineData("optimizer.groups.model.layers.9.*: no parameter has such a name", "model.layers.9.*")]
    [InlineData("both match model.layers.1.self_attn.q_proj.weight", "model.layers.1.*", "*.self_attn.q_proj.weight")]
    public void A_pattern_without_parameters_and_patterns_that_overlap_are_refused(string expected, params string[] patterns)
    {
        using var model = SimpleModel.Create();
        Assert.Contains(expected, Assert.Throws<InputException>(() => ParameterGroups.Assign(model.Parameters, Groups(patterns))).Message, StringComparison.Ordinal);
    }

    private static OptimizerRecipe Groups(params string[] patterns) =>
        new Recipe().With("optimizer", new { groups = patterns.ToDictionary(p => p, _ => "lion") }).Optimizer;

    [Fact]
    public void A_muon_that_would_move_vectors_is_refused_with_the_parameters_name()
    {
        using var model = SimpleModel.Create();
        var group = ParameterGroups.Assign(model.Parameters, new Recipe().With("optimizer.groups.vectors=muon").Optimizer)["muon"];
        var error = Assert.Throws<InputException>(() => OptimizerCase.Create("muon", new JsonObject()).CreateState(group));
        Assert.Contains("optimizer.groups.vectors", error.Message);
        Assert.Contains("layernorm", error.Message);
    }

    [Fact]
    public void Each_parameter_declares_its_matrices()
    {
        var recipe = SimpleModel.Recipe with { DenseLayers = 1 };
        using var model = SimpleModel.Create(recipe);
        (long Matrices, long Out, long In) Of(string end)
        {
            var p = model.Parameters.First(p => p.Name.EndsWith(end, StringComparison.Ordinal));
            return (p.Value.numel() / (p.FanOut * p.FanIn), p.FanOut, p.FanIn);
        }
        Assert.Equal((2, recipe.Ffn, recipe.DModel), Of("layers.0.mlp.w13"));
        Assert.Equal((1, recipe.DModel, recipe.Ffn), Of("layers.0.mlp.w2"));
        Assert.Equal((2L * recipe.Experts, recipe.ExpertFfn, recipe.DModel), Of("experts.w13"));
        Assert.Equal((recipe.Experts, recipe.DModel, recipe.ExpertFfn), Of("experts.w2"));
        Assert.Equal((1, recipe.Experts, recipe.DModel), Of("router.gate.weight"));
        Assert.Equal((1, recipe.KvHeads * recipe.HeadDim, recipe.DModel), Of("k_proj.weight"));
        Assert.All(model.Parameters, p => Assert.Equal(p.Role == ParameterRole.Experts ? ReductionGroup.ExpertReplicas : ReductionGroup.World, p.Reduction));
    }
}
