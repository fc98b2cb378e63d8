using System.Text.Json;
using MoELab.Recipes.Input;
using MoELab.Runs.Folder;
using MoELab.Runs.Log;

namespace MoELab.Studies.Results;

/// <summary>
/// <c>results.jsonl</c> of a study: one line per run, appended and never changed. A later line of the same arm, seed and recipe replaces an
/// earlier one when read.
/// </summary>
public sealed class ResultLog
{
    /// <summary>The file's name.</summary>
    public const string File = "results.jsonl";

    private const long Most = 256 << 20;

    private ResultLog(string path, IReadOnlyList<StudyResult> rows, IReadOnlyList<int> damaged) => (Path, Rows, Damaged) = (path, rows, damaged);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its lines, in order.</summary>
    public IReadOnlyList<StudyResult> Rows { get; }

    /// <summary>Numbers, from 1, of lines that cannot be read; their runs are looked up again, or trained again.</summary>
    public IReadOnlyList<int> Damaged { get; }

    /// <summary>Reads the results in a study's folder; none where the file is absent.</summary>
    /// <exception cref="InputException">It cannot be read, or a newer program wrote it.</exception>
    public static ResultLog Read(string folder) => ReadFile(System.IO.Path.Combine(folder, File));

    internal static ResultLog ReadFile(string path)
    {
        if (!System.IO.File.Exists(path))
            return new ResultLog(path, [], []);
        List<StudyResult> rows = [];
        List<int> damaged = [];
        foreach (var (i, line) in InputFile.ReadText(path, Most, "results of a study").Split('\n').Index())
        {
            if (line.Length == 0)
                continue;
            try
            {
                rows.Add(StudyResult.Parse(line));
            }
            catch (JsonException)
            {
                damaged.Add(i + 1);
            }
            catch (InputException e)
            {
                throw new InputException($"{path}, line {i + 1}: {e.Message}", e);
            }
        }
        return new ResultLog(path, rows, damaged);
    }

    /// <summary>Appends a line, in one write.</summary>
    /// <exception cref="RunException">The disk refuses it; the run's folder still has everything.</exception>
    internal static void Append(string folder, StudyResult result)
    {
        var path = System.IO.Path.Combine(folder, File);
        try
        {
            JsonLines.Append(path, result.ToJson());
        }
        catch (Exception e) when (DiskError.Is(e))
        {
            throw new RunException($"study '{result.Study}': its results '{path}' cannot be written ({DiskError.Reason(e)}); "
                + $"the run '{result.Run}' is whole, and the next run of the study takes it from there", e);
        }
    }
}
