using MoELab.Runs.Folder;

namespace MoELab.Studies.Results;

/// <summary>
/// The results of a study beside its file, in <c>results/NAME.jsonl</c>: what is kept with a repository when the runs' folders are gone. From it a
/// report is made again, number by number.
/// </summary>
public static class StudyRecord
{
    /// <summary>The file of a study's results.</summary>
    /// <param name="study">The study's YAML file.</param>
    /// <param name="name">The study's name.</param>
    public static string FileOf(string study, string name) => Path.Combine(Path.GetDirectoryName(study) ?? "", "results", name + ".jsonl");

    /// <summary>Reads the results beside a study's file.</summary>
    /// <exception cref="InputException">There are none, a line is damaged, or a newer program wrote it.</exception>
    public static IReadOnlyList<StudyResult> Read(string study, string name)
    {
        var path = FileOf(study, name);
        if (!File.Exists(path))
            throw new InputException($"study '{study}': no recorded results ('{path}'); expected './moelab study record {study}' after a run");
        var log = ResultLog.ReadFile(path);
        return log.Damaged.Count == 0 ? log.Rows : throw new InputException($"{path}: line {string.Join(", ", log.Damaged)} cannot be read");
    }

    /// <summary>Writes results beside a study's file, in place of those that are there.</summary>
    /// <returns>The file.</returns>
    /// <exception cref="IOException">The disk refuses it.</exception>
    public static string Write(string study, string name, IReadOnlyList<StudyResult> results)
    {
        var path = FileOf(study, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        RunFolder.WriteAtomically(path, string.Concat(results.Select(r => r.ToJson() + "\n")));
        return path;
    }
}
