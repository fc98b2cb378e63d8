MoELab.Interop.Host.NativeAllocator.KeepPages();
return MoELab.Cli.CliApp.Run(args, Console.Out, Console.Error);
