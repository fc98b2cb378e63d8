namespace MoELab.Plugins.Muon;

/// <summary>The length of Muon's step for a matrix of a given shape.</summary>
public enum MuonScale
{
    /// <summary>√max(1, fan-out / fan-in): Jordan's rule, which Trinity uses.</summary>
    Jordan,

    /// <summary>
    /// 0.2·√max(fan-out, fan-in): the update's RMS matches AdamW's, so that its learning rate and decay carry over (Moonlight, arXiv 2502.16982).
    /// </summary>
    MatchRms,
}
