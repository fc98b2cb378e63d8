using System.Buffers.Binary;
using MoELab.Runs.Folder;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;

namespace MoELab.Runs.Control;

/// <summary>What a resume does about damaged rows before it goes on.</summary>
internal static class RunRepair
{
    /// <summary>Checks the logs up to a checkpoint's step, and removes damaged rows if requested, with a sentence for each.</summary>
    /// <exception cref="InputException">There are damaged rows, and to continue without them was not requested.</exception>
    public static void Check(RunFolder folder, DamagedRows how, Action<string> report)
    {
        // What the run ran on is not a log; a resume reads what it needs from it and reports its errors itself.
        var damaged = RunReader.Open(folder.FullPath).Damaged.Where(d => d.File != RunReader.EnvironmentFile).ToArray();
        if (damaged.Length == 0)
            return;
        var store = new CheckpointStore(folder.At("checkpoints"));
        var newest = store.Steps.DefaultIfEmpty(0).Max();
        // A row past the checkpoint is written again whatever it contains; an event never is.
        var blocking = damaged.Where(d => d.File == LogFile.Events || d.After < newest).ToArray();
        if (blocking.Length > 0 && how == DamagedRows.Refuse)
        {
            var (rows, them, first) = damaged.Length == 1 ? ("a damaged row", "it", "it")
                : ($"{damaged.Length} damaged rows, the first", "them", "the first");
            throw new InputException($"run '{folder.Name}' has {rows}: {blocking[0]}; 'moelab resume {folder.Name} --damaged drop' "
                + $"(C#: DamagedRows.Drop) continues without {them}, '--damaged rewind' goes back to the newest checkpoint before {first}");
        }
        foreach (var row in damaged)
            report($"damaged and left out: {row}");
        if (blocking.Length == 0)
            return;
        if (how == DamagedRows.Rewind)
            foreach (var step in store.Steps.Where(s => s > blocking.Min(d => d.After)))
                Directory.Delete(store.At(step), recursive: true);
        foreach (var file in damaged.Select(d => d.File).Distinct())
            if (file == "routing.bin")
                DropRecords(folder);
            else
                LogRewrite.Drop(folder.At(file));
    }

    // What does not depend on the head is known from the recipe: the checksums of the records show whether it is right.
    private static void DropRecords(RunFolder folder)
    {
        var path = folder.At("routing.bin");
        LogRewrite.Keep(path);
        var model = RunReader.Open(folder.FullPath).Recipe.Model;
        var bytes = File.ReadAllBytes(path);
        RoutingHead found;
        try
        {
            found = RoutingHead.Read(bytes, path);
        }
        catch (InputException)
        {
            found = new RoutingHead(RoutingHead.Current, Math.Max(1, model.Layers - model.DenseLayers), model.RouterColumns, 0);
        }
        var kept = new List<byte[]>();
        for (long at = RoutingHead.Bytes; at + found.RecordBytes <= bytes.Length; at += found.RecordBytes)
        {
            var record = bytes[(int)at..(int)(at + found.RecordBytes)];
            if (!found.Holds(record))
                continue;
            RoutingHead.SealRecord(record);
            kept.Add(record);
        }
        var steps = kept.Select(r => BinaryPrimitives.ReadInt32LittleEndian(r)).ToArray();
        var every = found.Every > 0 ? found.Every : steps.Where(s => s > 1).Aggregate(1 << 30, (all, step) => Math.Min(all, step & -step));
        RunFolder.WriteAtomically(path, kept.Prepend((found with { Every = every == 1 << 30 ? 1 : every }).Write()));
    }
}
