using System.Security.Cryptography;
using MoELab.Interop.Files;
using MoELab.Recipes.Input;

namespace MoELab.Runs.Folder;

/// <summary>
/// <c>checkpoints/step-N/</c>: safetensors files and <c>state.json</c> with a hash of each. Written under another name, synced and renamed, so that
/// a folder with that name is complete; older ones are deleted only when a newer one is.
/// </summary>
public sealed class CheckpointStore(string directory)
{
    /// <summary>The folder of checkpoints.</summary>
    internal string Folder => directory;

    private const string StateFile = "state.json", Expected = "the state of a checkpoint";

    /// <summary>Steps with a checkpoint, newest first.</summary>
    public IReadOnlyList<int> Steps => !Directory.Exists(directory) ? [] : [.. Directory.EnumerateDirectories(directory, "step-*")
        .Select(d => int.TryParse(Path.GetFileName(d).AsSpan(5), out var step) ? step : -1).Where(s => s >= 0).OrderDescending()];

    /// <summary>The folder of a step's checkpoint.</summary>
    public string At(int step) => Path.Combine(directory, $"step-{step}");

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="step">The step after which it was saved.</param>
    /// <param name="files">Named groups of tensors: each becomes <c>NAME.safetensors</c>.</param>
    /// <param name="state">Everything except the tensors.</param>
    /// <param name="keep">How many checkpoints stay.</param>
    /// <param name="more">Writes further files into the folder.</param>
    /// <exception cref="RunException">It could not be written (a full disk); the checkpoints before are untouched.</exception>
    public void Save(int step, IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> files, JsonObject state, int keep,
        Action<string>? more = null)
    {
        var beside = Path.Combine(directory, $".step-{step}.tmp");
        try
        {
            if (Directory.Exists(beside))
                Directory.Delete(beside, recursive: true);
            Directory.CreateDirectory(beside);
            foreach (var (name, tensors) in files)
                SafeTensors.Write(Path.Combine(beside, $"{name}.safetensors"), tensors);
            more?.Invoke(beside);
            var whole = (JsonObject)state.DeepClone();
            whole["step"] = step;
            whole["files"] = new JsonObject(Directory.EnumerateFiles(beside).Order(StringComparer.Ordinal)
                .Select(f => KeyValuePair.Create<string, JsonNode?>(Path.GetFileName(f), Hash(f))));
            RunFolder.WriteAtomically(Path.Combine(beside, StateFile), whole.ToJsonString(OptionsBinder.Json));
            foreach (var file in Directory.EnumerateFiles(beside))
                Sync(file);
            var target = At(step);
            if (Directory.Exists(target))
                Directory.Delete(target, recursive: true);
            Directory.Move(beside, target);
        }
        catch (Exception e) when (DiskError.Is(e))
        {
            TryDelete(beside);
            throw new RunException($"checkpoint of step {step}: could not be written to '{directory}' ({DiskError.Reason(e)}); "
                + "earlier checkpoints are untouched", e);
        }
        foreach (var old in Steps.Skip(keep))
            TryDelete(At(old));
    }

    /// <summary>Takes a checkpoint back that was written while the run folder went, with the folders that it created again.</summary>
    internal void TakeBack(int step)
    {
        var made = new[] { Path.Combine(directory, $".step-{step}.tmp"), At(step) }.Where(Directory.Exists).ToArray();
        foreach (var folder in made)
            TryDelete(folder);
        try
        {
            foreach (var folder in new[] { directory, Path.GetDirectoryName(directory)! })
                if (made.Length > 0 && Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
                    Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Whoever deletes the run is at work there.
        }
    }

    /// <summary>Reads the state of a checkpoint and checks every file's hash.</summary>
    /// <exception cref="InputException">A file is missing or is not what was written.</exception>
    public JsonObject LoadState(int step)
    {
        var folder = At(step);
        var path = Path.Combine(folder, StateFile);
        try
        {
            if (!File.Exists(path))
                throw new InputException($"checkpoint of step {step}: no {StateFile} there");
            var state = InputJson.Parse(InputFile.ReadBytes(path, InputJson.MostBytes, Expected), NameOf(step), Expected);
            if (state["step"].Int() != step)
                throw state["step"].Unfit(string.Create(CultureInfo.InvariantCulture, $"{step}"));
            if (!state["files"].Entries().Any())
                throw state["files"].Unfit("names with a hash each");
            foreach (var (name, hash) in state["files"].Entries())
            {
                // A name that leads out of the folder would have any file of the machine read.
                if (name != Path.GetFileName(name) || !File.Exists(Path.Combine(folder, name)))
                    throw new InputException($"checkpoint of step {step}: no file '{name}' there, which {StateFile} names");
                if (Hash(Path.Combine(folder, name)) != hash.Text())
                    throw new InputException($"checkpoint of step {step}: {name} is not what was written; the file is damaged");
            }
            return state.AsObject();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"checkpoint of step {step}: cannot be read ({e.Message.TrimEnd('.')})", e);
        }
    }

    internal static JsonField Field(int step, JsonObject state) => new(NameOf(step), "", state);

    private static string NameOf(int step) => string.Create(CultureInfo.InvariantCulture, $"checkpoint of step {step}: {StateFile}");

    /// <summary>The newest complete checkpoint, with its state.</summary>
    /// <param name="damaged">Gets each damaged one that is skipped: its step and one sentence.</param>
    /// <returns>Null when there is none.</returns>
    public (int Step, JsonObject State)? NewestWhole(Action<int, string> damaged)
    {
        var steps = Steps;
        for (var i = 0; i < steps.Count; i++)
        {
            try
            {
                return (steps[i], LoadState(steps[i]));
            }
            catch (InputException e)
            {
                damaged(steps[i], $"{e.Message}; {(i + 1 < steps.Count ? $"falling back to step {steps[i + 1]}" : "there is none before it")}");
            }
        }
        return null;
    }

    /// <summary>Reads one group of tensors; the caller disposes them.</summary>
    public IReadOnlyDictionary<string, Tensor> LoadTensors(int step, string name)
    {
        using var file = SafeTensors.Open(Path.Combine(At(step), $"{name}.safetensors"));
        return file.Tensors.Keys.ToDictionary(key => key, file.Read);
    }

    private static string Hash(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream))[..32];
    }

    private static void Sync(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Flush(flushToDisk: true);
    }

    private static void TryDelete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // It stays and is tried again after the next checkpoint.
        }
    }
}
