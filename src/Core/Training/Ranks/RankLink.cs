using MoELab.Interop.Torch;
using MoELab.Recipes.Input;
using MoELab.Runs.Folder;
using MoELab.Training.Steps;

namespace MoELab.Training.Ranks;

/// <summary>
/// What the ranks of a run tell each other between steps. Rank 0 has the run's folder: it reads commands, writes logs, evaluates and saves; the
/// others train what it says. With one rank nothing is said.
/// </summary>
internal sealed class RankLink(IProcessGroup group)
{
    private Recipe? _told;

    public IProcessGroup Group => group;

    /// <summary>Whether there are other ranks.</summary>
    public bool IsShared => group.Size > 1;

    /// <summary>Tells the other ranks how the run begins: the recipe that its tensors fit, and what else a rank needs to build them.</summary>
    /// <param name="run">Its folder.</param>
    /// <param name="step">The step after which it begins.</param>
    /// <param name="store">The folder of the checkpoints that it begins with; null for a fresh model.</param>
    /// <param name="plugins">A run whose plugins it begins with; null for its own.</param>
    /// <param name="start">The recipe that it takes over then.</param>
    /// <param name="parts">Rank 0's.</param>
    public void Begin(string run, int step, string? store, string? plugins, Recipe? start, TrainingParts parts)
    {
        _told = parts.Recipe;
        Send(new JsonObject
        {
            ["run"] = run,
            ["step"] = step,
            ["store"] = store,
            ["plugins"] = plugins,
            ["start"] = start?.ToTree(),
            ["code"] = RunEnvironment.CoreHash,
            ["recipe"] = parts.Recipe.ToTree(),
            ["kernel"] = parts.Kernel,
            ["threads"] = torch.get_num_threads(),
            ["timeline"] = new JsonObject { ["timeline"] = new JsonArray([.. parts.Timeline.Past.Select(p => (JsonNode)new JsonArray(p.Steps, p.Tokens))]) },
        });
    }

    /// <summary>Tells the other ranks that there is nothing to train.</summary>
    public void End() => Send([]);

    /// <summary>Tells the other ranks what comes next, with the recipe if it has changed.</summary>
    public void Tell(RankOrder order, Recipe recipe)
    {
        if (!IsShared)
            return;
        var changed = !ReferenceEquals(_told, recipe);
        _told = recipe;
        Send(new JsonObject { ["order"] = (int)order, ["recipe"] = changed ? recipe.ToTree() : null });
    }

    /// <summary>Waits for what rank 0 tells; the recipe is null where it stays.</summary>
    public (RankOrder Order, Recipe? Recipe) Hear()
    {
        var said = Receive();
        return ((RankOrder)(int)said["order"]!, said["recipe"] is JsonObject tree ? Recipe.FromTree(tree) : null);
    }

    private void Send(JsonObject said)
    {
        if (!IsShared)
            return;
        var bytes = Encoding.UTF8.GetBytes(said.ToJsonString());
        using var scope = torch.NewDisposeScope();
        group.Broadcast(torch.tensor(new[] { (long)bytes.Length }), 0);
        group.Broadcast(Packed(bytes, bytes.Length), 0);
    }

    /// <summary>Waits for an object of rank 0.</summary>
    public JsonObject Receive()
    {
        using var scope = torch.NewDisposeScope();
        var length = torch.zeros(1, torch.ScalarType.Int64);
        group.Broadcast(length, 0);
        var count = (int)HostMemory.Copy<long>(length, torch.ScalarType.Int64)[0];
        var packed = Packed([], count);
        group.Broadcast(packed, 0);
        return Object(packed, count);
    }

    /// <summary>The place of all ranks in the data; every rank calls it, and rank 0 gets the state of the whole stream.</summary>
    public JsonObject Streams(TrainingParts parts)
    {
        var own = parts.Stream.SaveState();
        if (!IsShared)
            return own;
        using var scope = torch.NewDisposeScope();
        var bytes = Encoding.UTF8.GetBytes(own.ToJsonString());
        var lengths = torch.zeros(group.Size, torch.ScalarType.Int64);
        group.AllGather(lengths, torch.tensor(new[] { (long)bytes.Length }));
        var counts = HostMemory.Copy<long>(lengths, torch.ScalarType.Int64);
        var width = Words((int)counts.Max());
        var all = torch.zeros(group.Size * width, torch.ScalarType.Int64);
        group.AllGather(all, Packed(bytes, (int)counts.Max()));
        var workers = (JsonObject)own["workers"]!;
        for (var rank = 1; rank < group.Size; rank++)
        {
            var other = Object(all.narrow(0, rank * width, width), (int)counts[rank]);
            foreach (var (worker, state) in (JsonObject)other["workers"]!)
                workers[worker] = state!.DeepClone();
        }
        return own;
    }

    private static long Words(int bytes) => Math.Max(1, (bytes + 7) / 8);

    // Groups carry int64, so eight bytes make a number.
    private static Tensor Packed(byte[] bytes, int length)
    {
        var words = new long[Words(length)];
        Buffer.BlockCopy(bytes, 0, words, 0, bytes.Length);
        return torch.tensor(words);
    }

    private static JsonObject Object(Tensor packed, int length)
    {
        var bytes = new byte[length];
        Buffer.BlockCopy(HostMemory.Copy<long>(packed, torch.ScalarType.Int64), 0, bytes, 0, length);
        return InputJson.Parse(bytes, "rank 0", "an object").AsObject();
    }
}
