using System.Runtime.CompilerServices;

namespace MoELab.Query;

/// <summary>SQL over the runs of a lab, by DuckDB.</summary>
public static class LabQueries
{
    private static readonly ConditionalWeakTable<Lab, RunDatabase> Databases = new();

    /// <summary>
    /// Asks about every run: <c>lab.Query("select run, loss from runs order by loss")</c>. Tables are <c>runs</c>, <c>recipes</c>,
    /// <c>steps</c>, <c>metrics</c>, <c>counts</c> and <c>events</c>; each is as new as the run folders.
    /// </summary>
    /// <param name="lab">Whose runs.</param>
    /// <param name="sql">DuckDB's SQL; of several statements the last one's rows come back.</param>
    /// <exception cref="InputException">The query cannot be understood or carried out.</exception>
    public static QueryTable Query(this Lab lab, string sql) => DatabaseOf(lab).Query(sql);

    internal static RunDatabase DatabaseOf(Lab lab) => Databases.GetValue(lab, static l => new RunDatabase(l.RunsDirectory));
}
