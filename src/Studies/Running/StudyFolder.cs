using MoELab.Runs.Folder;
using MoELab.Studies.Files;
using MoELab.Studies.Planning;

namespace MoELab.Studies.Running;

/// <summary>The folder of a study: <c>study.yaml</c>, the recipes of its arms, its results, and a lock that ends with the process that runs it.</summary>
internal static class StudyFolder
{
    /// <summary>Creates the folder, writes what the study is, and holds it.</summary>
    /// <exception cref="InputException">Another process runs the study, or the folder cannot be written.</exception>
    public static IDisposable Hold(StudyPlan plan)
    {
        FileStream? held = null;
        try
        {
            Directory.CreateDirectory(plan.Folder);
            held = Lock(plan);
            var (text, recipes) = StudyYaml.Write(plan.Study, [.. plan.Arms.Select(a => (a.Name, a.Recipe))]);
            foreach (var (path, recipe) in recipes)
            {
                var file = Path.Combine(plan.Folder, path);
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                RunFolder.WriteAtomically(file, recipe);
            }
            RunFolder.WriteAtomically(Path.Combine(plan.Folder, "study.yaml"), text);
            return held;
        }
        catch (Exception e) when (DiskError.Is(e))
        {
            held?.Dispose();
            throw new InputException($"study '{plan.Study.Name}': its folder '{plan.Folder}' cannot be written ({DiskError.Reason(e)})", e);
        }
    }

    private static FileStream Lock(StudyPlan plan)
    {
        var path = Path.Combine(plan.Folder, "lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new InputException($"study '{plan.Study.Name}' is being run by another process ({plan.Folder}); wait for it, or stop it first", e);
        }
    }
}
