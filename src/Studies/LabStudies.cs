using MoELab.Studies.Definition;
using MoELab.Studies.Files;
using MoELab.Studies.Planning;
using MoELab.Studies.Reports;
using MoELab.Studies.Results;

namespace MoELab.Studies;

/// <summary>Studies of a lab.</summary>
public static class LabStudies
{
    /// <summary>A study of a recipe, to which arms, seeds and a budget are added: <c>lab.Study("lab-tiny").Arms("smebu", "sign-bias").Seeds(5)</c>.</summary>
    /// <param name="lab">The lab that trains.</param>
    /// <param name="recipe">The recipe that the arms change; a name or path converts.</param>
    /// <param name="name">The study's name, which names its folder and its runs; null for <c>RECIPE-study</c>.</param>
    public static Study Study(this Lab lab, Recipe recipe, string? name = null) =>
        new() { Name = name ?? recipe.Name + "-study", Base = lab.Checked(recipe), Lab = lab };

    /// <summary>A study from its file.</summary>
    /// <param name="lab">The lab that trains.</param>
    /// <param name="path">A YAML file.</param>
    /// <exception cref="InputException">No such file, or it is no study.</exception>
    public static Study StudyFile(this Lab lab, string path) => StudyYaml.Load(path) with { Lab = lab };

    /// <summary>The report of a study whose results are recorded beside its file (<see cref="StudyRecord"/>); nothing is trained.</summary>
    /// <param name="lab">The lab, whose plugins resolve the arms.</param>
    /// <param name="path">The study's YAML file.</param>
    /// <exception cref="InputException">No such file, it is no study, or it has no recorded results.</exception>
    public static StudyReport Recorded(this Lab lab, string path)
    {
        var study = lab.StudyFile(path);
        return new StudyReport(StudyPlanner.Recorded(study, StudyRecord.Read(path, study.Name), lab.RunsDirectory, lab.Plugins));
    }
}
